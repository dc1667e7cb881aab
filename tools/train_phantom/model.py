"""The two networks, written so that llama.cpp computes the same: a CLIP vision tower without a class token whose last
layer is used, LLaVA's two-layer projector, and a LLaMA language model."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from data import GRID, PATCH, PATCHES

CONTEXT = 1024
ROPE_BASE = 10000.0
RMS_EPSILON = 1e-5
# What a token is must stay visible beside what the layers add, or nothing is ever copied from a list of options. That is
# also why the output has weights of its own: tied to embeddings of this size, logits would start out far too large.
EMBEDDING_SCALE = 0.5
LAYER_NORM_EPSILON = 1e-5


class Shape(NamedTuple):
    width: int
    heads: int
    layers: int
    feed_forward: int  # Not equal to the width: llama.cpp tells up from down by their shapes.


class Size(NamedTuple):
    vision: Shape
    language: Shape


SIZES = {
    "large": Size(Shape(192, 6, 5, 512), Shape(192, 6, 5, 512)),
    "small": Size(Shape(96, 4, 3, 256), Shape(96, 4, 5, 256)),
}


def split_heads(x, heads):
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def join_heads(x):
    batch, heads, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, heads * width)


def patches_of(pixels):
    """(B, 192, 192, 3) uint8 to (B, 144, 768): patches row by row, in each the channels, in each the rows."""
    batch = pixels.shape[0]
    x = pixels.view(batch, GRID, PATCH, GRID, PATCH, 3).permute(0, 1, 3, 5, 2, 4).reshape(batch, PATCHES, -1)
    return x.float().div_(127.5).sub_(1)


def grid_positions(width):
    """Where a patch lies, as sines and cosines of its column and row, (144, width). Learning starts from here: from
    random positions the tower takes very long to find out where things are."""
    frequency = GRID ** (-torch.arange(width // 4) / (width // 4)) * torch.pi / 2
    angle = torch.outer(torch.arange(GRID) + 0.5, frequency)
    waves = torch.cat((angle.sin(), angle.cos()), dim=1)
    columns, rows = waves[None].expand(GRID, -1, -1), waves[:, None].expand(-1, GRID, -1)
    return 0.5 * torch.cat((columns, rows), dim=2).reshape(PATCHES, width)


class VisionBlock(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.ln1 = nn.LayerNorm(shape.width, eps=LAYER_NORM_EPSILON)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.ln2 = nn.LayerNorm(shape.width, eps=LAYER_NORM_EPSILON)
        self.up = nn.Linear(shape.width, shape.feed_forward)
        self.down = nn.Linear(shape.feed_forward, shape.width)

    def forward(self, x):
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(self.ln1(x)).chunk(3, dim=-1))
        scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2))
        x = x + self.out(join_heads(torch.matmul(scores.softmax(-1), v)))
        return x + self.down(F.gelu(self.up(self.ln2(x)), approximate="tanh"))


class VisionTower(nn.Module):
    """Pictures to tokens in the language model's space, (B, 144, width of the language model)."""

    def __init__(self, shape, language_width):
        super().__init__()
        self.patch = nn.Linear(3 * PATCH * PATCH, shape.width, bias=False)
        self.position = nn.Parameter(grid_positions(shape.width))
        self.pre_ln = nn.LayerNorm(shape.width, eps=LAYER_NORM_EPSILON)
        self.blocks = nn.ModuleList(VisionBlock(shape) for _ in range(shape.layers))
        self.post_ln = nn.LayerNorm(shape.width, eps=LAYER_NORM_EPSILON)
        self.project_in = nn.Linear(shape.width, language_width)
        self.project_out = nn.Linear(language_width, language_width)

    def features(self, pixels):
        x = self.pre_ln(self.patch(patches_of(pixels)) + self.position)
        for block in self.blocks:
            x = block(x)
        return self.post_ln(x)

    def forward(self, pixels):
        x = self.project_in(self.features(pixels))
        return self.project_out(F.gelu(x, approximate="tanh"))


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + RMS_EPSILON) * self.weight


def rotations(head_width):
    """The turn of each pair of neighbours at each position, as complex numbers: llama.cpp's "norm" RoPE."""
    frequency = ROPE_BASE ** (-torch.arange(0, head_width, 2, dtype=torch.float64) / head_width)
    angle = torch.outer(torch.arange(CONTEXT, dtype=torch.float64), frequency)
    return torch.polar(torch.ones_like(angle), angle).to(torch.complex64)


def rotate(x, turns):
    """x: (..., length, width of a head); turns: broadcastable to (..., length, half of it)."""
    pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2)


class LanguageBlock(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.attention_norm = RmsNorm(shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.feed_norm = RmsNorm(shape.width)
        self.gate_up = nn.Linear(shape.width, 2 * shape.feed_forward, bias=False)
        self.down = nn.Linear(shape.feed_forward, shape.width, bias=False)

    def feed(self, x):
        gate, up = self.gate_up(self.feed_norm(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)

    def heads_of(self, qkv, turns):
        """Queries (scaled), keys and values by head; queries and keys turned to their positions."""
        q, k, v = (split_heads(part, self.heads) for part in qkv.chunk(3, dim=-1))
        return rotate(q, turns) * q.shape[-1] ** -0.5, rotate(k, turns), v


class ToRows(torch.autograd.Function):
    """Flat tokens (T, width) to padded rows: `places` are where they go among (rows * length)."""

    @staticmethod
    def forward(context, flat, places, total):
        context.save_for_backward(places)
        return flat.new_zeros(total, flat.shape[1]).index_copy_(0, places, flat)

    @staticmethod
    def backward(context, gradient):
        (places,) = context.saved_tensors
        return gradient.index_select(0, places), None, None


class FromRows(torch.autograd.Function):
    """The way back; faster than index_select, whose gradient allows for places that repeat."""

    @staticmethod
    def forward(context, rows, places):
        context.save_for_backward(places)
        context.total = rows.shape[0]
        return rows.index_select(0, places)

    @staticmethod
    def backward(context, gradient):
        (places,) = context.saved_tensors
        return gradient.new_zeros(context.total, gradient.shape[1]).index_copy_(0, places, gradient), None


def causal_mask(length):
    return torch.full((length, length), float("-inf")).triu(1)


class LanguageModel(nn.Module):
    def __init__(self, shape, vocabulary):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(vocabulary, shape.width)
        self.blocks = nn.ModuleList(LanguageBlock(shape) for _ in range(shape.layers))
        self.norm = RmsNorm(shape.width)
        self.output = nn.Linear(shape.width, vocabulary, bias=False)
        self.register_buffer("turns", rotations(shape.width // shape.heads), persistent=False)

    def logits(self, x):
        return self.output(self.norm(x))

    def prefix(self, x):
        """Keys and values of what rows share, (B, heads, length, width) per layer. x: embeddings (B, length, width)."""
        length = x.shape[1]
        turns, mask = self.turns[:length], causal_mask(length)
        kept = []
        for i, block in enumerate(self.blocks):
            q, k, v = block.heads_of(block.qkv(block.attention_norm(x)), turns)
            kept.append((k, v))
            if i + 1 == len(self.blocks):
                break  # Nothing reads the last layer's output at these places.
            weights = (torch.matmul(q, k.transpose(-1, -2)) + mask).softmax(-1)
            x = block.feed(x + block.out(join_heads(torch.matmul(weights, v))))
        return kept

    def after_prefix(self, kept, tokens, places, wanted):
        """Logits at the flat places `wanted` of rows that follow shared prefixes.

        kept: of `prefix`, for B prefixes; tokens: (B * n, length), n rows for each prefix in turn, padded on the right;
        places: where the real tokens are among (B * n * length); wanted: indices into `places`.
        """
        rows, length = tokens.shape
        prefixes, heads, before, head_width = kept[0][0].shape
        each = rows // prefixes
        turns, mask = self.turns[before : before + length], causal_mask(length)
        x = F.embedding(tokens.reshape(-1).index_select(0, places), self.embedding.weight)
        for i, (block, (prefix_k, prefix_v)) in enumerate(zip(self.blocks, kept)):
            qkv = ToRows.apply(block.qkv(block.attention_norm(x)), places, rows * length)
            q, k, v = block.heads_of(qkv.view(rows, length, -1), turns)
            shared = q.view(prefixes, each, heads, length, head_width).transpose(1, 2)
            shared = shared.reshape(prefixes, heads, each * length, head_width)
            far = torch.matmul(shared, prefix_k.transpose(-1, -2))
            far = far.view(prefixes, heads, each, length, before).transpose(1, 2).reshape(rows, heads, length, before)
            near = torch.matmul(q, k.transpose(-1, -2)) + mask
            weights = torch.cat((far, near), dim=-1).softmax(-1)
            far = weights[..., :before].view(prefixes, each, heads, length, before).transpose(1, 2)
            far = torch.matmul(far.reshape(prefixes, heads, each * length, before), prefix_v)
            far = far.view(prefixes, heads, each, length, head_width).transpose(1, 2)
            out = far.reshape(rows, heads, length, head_width) + torch.matmul(weights[..., before:], v)
            out = join_heads(out).view(rows * length, -1)
            if i + 1 == len(self.blocks):  # From here on only the wanted places matter.
                x = FromRows.apply(x, wanted)
                places = places.index_select(0, wanted)
            x = block.feed(x + block.out(FromRows.apply(out, places)))
        return self.logits(x)


class Phantom(nn.Module):
    def __init__(self, size, vocabulary):
        super().__init__()
        self.size = size
        self.vocabulary = vocabulary
        shapes = SIZES[size]
        self.vision = VisionTower(shapes.vision, shapes.language.width)
        self.language = LanguageModel(shapes.language, vocabulary)
        self.reset()

    def reset(self):
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1 and "position" not in name:
                nn.init.normal_(parameter, std=EMBEDDING_SCALE if "embedding" in name else parameter.shape[1] ** -0.5)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)
        depth = {"vision": len(self.vision.blocks), "language": len(self.language.blocks)}
        for name, parameter in self.named_parameters():
            # What is added to the residual stream, made small, so that deep sums start out as large as shallow ones.
            if name.endswith(("out.weight", "down.weight")) and ".blocks." in name:
                with torch.no_grad():
                    parameter.mul_((2 * depth[name.split(".")[0]]) ** -0.5)

    def image_prefix(self, prefix, pictures):
        """Embeddings of the chat's start and the pictures' tokens. prefix: token ids; pictures: of the tower."""
        start = self.language.embedding(prefix).expand(pictures.shape[0], -1, -1)
        return torch.cat((start, pictures), dim=1)

    def text_prefix(self, prefix, count):
        return self.language.embedding(prefix).expand(count, -1, -1)


def round_to_f16(model):
    """Rounds the weights that the files hold as F16, so that torch and llama.cpp have the very same ones."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1 and "position" not in name:
                parameter.copy_(parameter.half().float())
    return model
