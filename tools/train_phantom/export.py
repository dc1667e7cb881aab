"""Writes a trained model as the two files that llama.cpp reads: the text model and the vision projector."""

import argparse
from pathlib import Path

import numpy as np
import torch

from checkpoint import load_model
from data import PATCH, SIDE
from gguf import write_gguf
from model import CONTEXT, LAYER_NORM_EPSILON, RMS_EPSILON, ROPE_BASE, SIZES, round_to_f16
from protocols import CHAT_TEMPLATE
from tokenizer import CONTROLS

NORMAL_TOKEN, CONTROL_TOKEN = 1, 3
MOSTLY_F16 = 1
ALL_ABOUT = "Trained on Osler's phantom, made-up pictures that look a little like medical ones. Not for clinical use."


def about(size, kind, architecture):
    return {
        "general.architecture": architecture,
        "general.type": kind,
        "general.name": "Osler Phantom " + size.capitalize(),
        "general.description": ALL_ABOUT,
        "general.license": "apache-2.0",
        "general.file_type": MOSTLY_F16,
    }


def matrix(tensor):
    return tensor.detach().numpy().astype(np.float16)


def exact(tensor):
    return tensor.detach().numpy().astype(np.float32)


def language_fields(size, tokenizer):
    shape = SIZES[size].language
    fields = about(size, "model", "llama")
    fields.update(
        {
            "llama.context_length": CONTEXT,
            "llama.embedding_length": shape.width,
            "llama.block_count": shape.layers,
            "llama.feed_forward_length": shape.feed_forward,
            "llama.attention.head_count": shape.heads,
            "llama.attention.head_count_kv": shape.heads,
            "llama.attention.layer_norm_rms_epsilon": RMS_EPSILON,
            "llama.rope.dimension_count": shape.width // shape.heads,
            "llama.rope.freq_base": ROPE_BASE,
            "llama.vocab_size": len(tokenizer),
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": "gpt-2",
            "tokenizer.ggml.add_bos_token": False,
            "tokenizer.ggml.tokens": tokenizer.tokens,
            "tokenizer.ggml.token_type": [CONTROL_TOKEN if t in CONTROLS else NORMAL_TOKEN for t in tokenizer.tokens],
            "tokenizer.ggml.merges": [left + " " + right for left, right in tokenizer.merges],
            "tokenizer.ggml.bos_token_id": tokenizer.padding,
            "tokenizer.ggml.padding_token_id": tokenizer.padding,
            "tokenizer.ggml.eos_token_id": tokenizer.end,
            "tokenizer.chat_template": CHAT_TEMPLATE,
        }
    )
    return fields


def language_tensors(language):
    tensors = {"token_embd.weight": matrix(language.embedding.weight), "output.weight": matrix(language.output.weight)}
    for i, block in enumerate(language.blocks):
        name = "blk.%d." % i
        tensors[name + "attn_norm.weight"] = exact(block.attention_norm.weight)
        for part, weight in zip("qkv", block.qkv.weight.chunk(3)):
            tensors[name + "attn_%s.weight" % part] = matrix(weight)
        tensors[name + "attn_output.weight"] = matrix(block.out.weight)
        tensors[name + "ffn_norm.weight"] = exact(block.feed_norm.weight)
        gate, up = block.gate_up.weight.chunk(2)
        tensors[name + "ffn_gate.weight"] = matrix(gate)
        tensors[name + "ffn_up.weight"] = matrix(up)
        tensors[name + "ffn_down.weight"] = matrix(block.down.weight)
    tensors["output_norm.weight"] = exact(language.norm.weight)
    return tensors


def vision_fields(size):
    shape = SIZES[size].vision
    fields = about(size, "mmproj", "clip")
    fields.update(
        {
            "clip.has_vision_encoder": True,
            "clip.projector_type": "mlp",
            "clip.use_gelu": True,
            "clip.vision.image_size": SIDE,
            "clip.vision.patch_size": PATCH,
            "clip.vision.embedding_length": shape.width,
            "clip.vision.feed_forward_length": shape.feed_forward,
            "clip.vision.block_count": shape.layers,
            "clip.vision.attention.head_count": shape.heads,
            "clip.vision.attention.layer_norm_epsilon": LAYER_NORM_EPSILON,
            "clip.vision.projection_dim": SIZES[size].language.width,
            # Without this key llama.cpp leaves the last layer out, as LLaVA does.
            "clip.vision.feature_layer": [shape.layers],
            "clip.vision.image_mean": [0.5, 0.5, 0.5],
            "clip.vision.image_std": [0.5, 0.5, 0.5],
        }
    )
    return fields


def add_linear(tensors, name, weight, bias):
    tensors[name + ".weight"] = matrix(weight)
    tensors[name + ".bias"] = exact(bias)


def add_norm(tensors, name, norm):
    tensors[name + ".weight"] = exact(norm.weight)
    tensors[name + ".bias"] = exact(norm.bias)


def vision_tensors(vision):
    width = vision.patch.weight.shape[0]
    tensors = {
        "v.patch_embd.weight": matrix(vision.patch.weight).reshape(width, 3, PATCH, PATCH),
        "v.position_embd.weight": exact(vision.position),
    }
    add_norm(tensors, "v.pre_ln", vision.pre_ln)
    for i, block in enumerate(vision.blocks):
        name = "v.blk.%d." % i
        add_norm(tensors, name + "ln1", block.ln1)
        for part, weight, bias in zip("qkv", block.qkv.weight.chunk(3), block.qkv.bias.chunk(3)):
            add_linear(tensors, name + "attn_" + part, weight, bias)
        add_linear(tensors, name + "attn_out", block.out.weight, block.out.bias)
        add_norm(tensors, name + "ln2", block.ln2)
        add_linear(tensors, name + "ffn_up", block.up.weight, block.up.bias)
        add_linear(tensors, name + "ffn_down", block.down.weight, block.down.bias)
    add_norm(tensors, "v.post_ln", vision.post_ln)
    add_linear(tensors, "mm.0", vision.project_in.weight, vision.project_in.bias)
    add_linear(tensors, "mm.2", vision.project_out.weight, vision.project_out.bias)
    return tensors


def export(model, tokenizer, folder):
    """Writes the pair and returns its paths. The model's weights are rounded to what the files hold."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    round_to_f16(model)
    name = "phantom-%s.gguf" % model.size
    text, vision = folder / name, folder / ("mmproj-" + name)
    write_gguf(text, language_fields(model.size, tokenizer), language_tensors(model.language))
    write_gguf(vision, vision_fields(model.size), vision_tensors(model.vision))
    return text, vision


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trained", required=True, help="the folder that train.py wrote to")
    arguments.add_argument("--out", required=True, help="where the files go, such as models/phantom")
    options = arguments.parse_args()
    with torch.no_grad():
        model, tokenizer = load_model(Path(options.trained))
        for path in export(model, tokenizer, options.out):
            print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
