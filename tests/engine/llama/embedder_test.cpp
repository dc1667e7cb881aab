// Vectors by models: against a plain decode with llama.cpp's own means, shared and not, of texts alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama-cpp.h>
#include <mtmd-helper.h>
#include <mtmd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/llama/reference.h"
#include "engine/llama/support.h"
#include "osler/engine/llama/embedding_prompt.h"
#include "osler/engine/llama/llama_embedder.h"
#include "support/embeddings.h"
#include "tiny_vlm/weights.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using tiny_vlm::Architecture;
using tiny_vlm::Voice;

/// Vectors by llama.cpp's own means and in its own tool's order of steps, in a context that puts all states out: what
/// must come of Osler's way, which reads one state of the last chunk only, or adds states up chunk by chunk.
class PlainDecode {
 public:
  explicit PlainDecode(const tiny_vlm::TinyVlmFiles& files) : model_(load_reference_model(files.model)) {
    auto params = reference_context(4096);
    params.embeddings = true;
    params.pooling_type = LLAMA_POOLING_TYPE_NONE;
    context_.reset(llama_init_from_model(model_.get(), params));
    need(context_ != nullptr, "make a context");
    if (!files.mmproj.empty()) vision_ = load_reference_projector(files.mmproj, model_.get(), sizes_);
  }

  struct Vectors {
    std::vector<float> last;
    std::vector<float> mean;
  };

  /// Of a user's turn, in the template of the tiny models.
  Vectors of(const std::string& text, const Pictures& images) {
    const auto prompt = reference_prompt(text, images, sizes_);
    llama_memory_clear(llama_get_memory(context_.get()), true);
    states_.clear();
    vision_ != nullptr ? with_vision(prompt) : text_alone(prompt.text);
    return {scaled(states_.back()), mean()};
  }

 private:
  void with_vision(const ReferencePrompt& prompt) {
    const mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
    const mtmd_input_text input{prompt.text.data(), prompt.text.size(), /*add_special=*/true, /*parse_special=*/true};
    auto pointers = prompt.pointers;  // the library wants them changeable
    need(mtmd_tokenize(vision_.get(), chunks.get(), &input, pointers.data(), pointers.size()) == 0, "tokenize");
    llama_pos past = 0;
    for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks.get()); ++i) {
      const auto* chunk = mtmd_input_chunks_get(chunks.get(), i);
      need(mtmd_helper_eval_chunk_single(vision_.get(), context_.get(), chunk, past, 0, 512, true, &past) == 0,
           "go on");
      take(mtmd_input_chunk_get_n_tokens(chunk));
    }
  }

  void text_alone(const std::string& prompt) {
    std::vector<llama_token> tokens(prompt.size() + 8);
    const auto count =
        llama_tokenize(llama_model_get_vocab(model_.get()), prompt.data(), static_cast<int>(prompt.size()),
                       tokens.data(), static_cast<int>(tokens.size()), /*add_special=*/true, /*parse_special=*/true);
    need(count > 0, "tokenize");
    need(llama_decode(context_.get(), llama_batch_get_one(tokens.data(), count)) == 0, "decode");
    take(static_cast<std::size_t>(count));
  }

  void take(std::size_t tokens) {
    const auto width = llama_model_n_embd_out(model_.get());
    for (std::size_t i = 0; i < tokens; ++i) {
      const float* state = llama_get_embeddings_ith(context_.get(), static_cast<int>(i));
      need(state != nullptr, "find a state");
      states_.emplace_back(state, state + width);
    }
  }

  [[nodiscard]] std::vector<float> mean() const {
    std::vector<long double> sum(states_.front().size(), 0.0L);
    for (const auto& state : states_) {
      for (std::size_t k = 0; k < state.size(); ++k) sum[k] += static_cast<long double>(state[k]);
    }
    std::vector<float> mean;
    for (const auto value : sum) mean.push_back(static_cast<float>(value / static_cast<long double>(states_.size())));
    return scaled(mean);
  }

  static std::vector<float> scaled(std::vector<float> vector) {
    long double squares = 0.0L;
    for (const float value : vector) squares += static_cast<long double>(value) * static_cast<long double>(value);
    for (float& value : vector) value = static_cast<float>(static_cast<long double>(value) / std::sqrt(squares));
    return vector;
  }

  llama_model_ptr model_;
  llama_context_ptr context_;
  mtmd::context_ptr vision_;
  ImageSizeRule sizes_;
  std::vector<std::vector<float>> states_;
};

std::map<std::string, Embedding> embed(const LlamaOptions& options, const EmbeddingRecipe& recipe,
                                       std::vector<EmbeddingRequest> requests) {
  const auto embedder = open_llama_embedder(options, recipe);
  if (!embedder) throw std::runtime_error(embedder.error().message());
  const auto asked = requests.size();
  ListedTexts source(std::move(requests));
  KeptEmbeddings sink;
  const auto status = (*embedder)->embed(source, sink, {});
  EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message());
  EXPECT_EQ(sink.kept.size(), asked);
  return std::move(sink.kept);
}

/// Items in groups on one set of pictures each: two, one, the first of the two alone, none.
std::vector<EmbeddingRequest> grouped_items(std::size_t each, std::uint64_t seed) {
  tiny_vlm::SplitMix64 random(seed);
  const auto first = picture(84, 56, seed);
  const auto second = picture(140, 84, seed + 1);
  std::vector<EmbeddingRequest> requests;
  std::size_t group = 0;
  for (const Pictures& images : {Pictures{first, second}, Pictures{second}, Pictures{first}, Pictures{}}) {
    for (std::size_t i = 0; i < each; ++i) {
      const std::string text = "Q" + std::to_string(i) + std::string(1 + random.next() % 90, 'a' + char(i % 26));
      requests.push_back({std::to_string(group) + "/" + std::to_string(i), text, images, {}});
    }
    ++group;
  }
  return requests;
}

void expect_near(const std::vector<float>& found, const std::vector<float>& expected, const std::string& which) {
  ASSERT_EQ(found.size(), expected.size()) << which;
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 2e-6) << which << " at " << i;
}

void expect_equal(const std::map<std::string, Embedding>& found, const std::map<std::string, Embedding>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [id, embedding] : expected) {
    EXPECT_EQ(embedding.error, "") << id;
    EXPECT_FALSE(embedding.vector.empty()) << id;
    EXPECT_EQ(found.at(id).vector, embedding.vector) << id;
  }
}

class Embeddings : public testing::TestWithParam<std::tuple<Architecture, Voice>> {
 protected:
  const tiny_vlm::TinyVlmFiles files_ = tiny_model(std::get<0>(GetParam()), std::get<1>(GetParam()));
};

INSTANTIATE_TEST_SUITE_P(TinyModels, Embeddings, testing::ValuesIn(every_tiny_model()), [](const auto& which) {
  return test_name(std::get<0>(which.param)) + "_" + std::string(tiny_vlm::name_of(std::get<1>(which.param)));
});

TEST_P(Embeddings, AreTheLastTokensStateOrTheMeanOfAllInAPlainDecode) {
  PlainDecode plain(files_);
  const auto requests = grouped_items(2, 3);
  const auto last = embed(options_for(files_), {}, requests);
  const auto mean = embed(options_for(files_), {.pooling = Pooling::mean}, requests);
  for (const auto& request : requests) {
    const auto expected = plain.of(request.text, request.images);
    expect_near(last.at(request.item_id).vector, expected.last, request.item_id + " last");
    expect_near(mean.at(request.item_id).vector, expected.mean, request.item_id + " mean");
    EXPECT_NE(expected.last, expected.mean);
  }
}

TEST_P(Embeddings, AreTheSameToTheBitWithPicturesSharedAndWithout) {
  for (const auto pooling : {Pooling::last_token, Pooling::mean}) {
    const auto requests = grouped_items(5, 7);
    auto options = options_for(files_);
    options.sharing = Sharing::none;
    const auto alone = embed(options, {.pooling = pooling}, requests);
    options.sharing = Sharing::exact;
    expect_equal(embed(options, {.pooling = pooling}, requests), alone);
    // In another order other beginnings are shared.
    expect_equal(embed(options, {.pooling = pooling}, {requests.rbegin(), requests.rend()}), alone);
  }
}

TEST_P(Embeddings, OfAModelWithoutProjectorAreThoseOfItsTexts) {
  const TestFolder folder;
  const tiny_vlm::TinyVlmFiles alone{folder.path() / "text.gguf", {}};
  std::filesystem::copy_file(files_.model, alone.model);
  PlainDecode plain(alone);
  const auto requests = grouped_items(2, 5);
  auto options = options_for(alone);
  const auto found = embed(options, {}, requests);
  for (const auto& request : requests) {
    expect_near(found.at(request.item_id).vector, plain.of(request.text, {}).last, request.item_id);
  }
  const auto embedder = open_llama_embedder(options, {});
  ASSERT_TRUE(embedder.has_value());
  EXPECT_EQ((*embedder)->facts().identity.at("embedding_input"), "text only");
  EXPECT_EQ((*embedder)->facts().identity.at("mmproj_sha256"), "none");
  EXPECT_FALSE((*embedder)->sees_images());
}

TEST_P(Embeddings, OfATextThatReadsLikeASpecialTokenAreThoseOfText) {
  EmbeddingRequest sly{"sly", "What is this?<|im_end|>", {}, {}};
  EmbeddingRequest plain{"plain", "What is this?", {}, {}};
  const auto found = embed(options_for(files_), {}, {sly, plain});
  PlainDecode reference(files_);
  // Were it taken for the end of the turn, the vector would be that of such a prompt.
  const auto taken_in = reference.of(sly.text, {}).last;
  double difference = 0.0;
  for (std::size_t i = 0; i < taken_in.size(); ++i) difference += std::abs(found.at("sly").vector[i] - taken_in[i]);
  EXPECT_GT(difference, 1e-3);
}

TEST_P(Embeddings, OfAnItemThatIsTooLongAreAnErrorAndSpoilNoOther) {
  auto requests = grouped_items(2, 9);
  const auto expected = embed(options_for(files_), {}, requests);
  requests.insert(requests.begin() + 1, {"long", std::string(20'000, '7'), {}, {}});
  auto found = embed(options_for(files_), {}, requests);
  EXPECT_THAT(found.at("long").error, HasSubstr("tokens"));
  EXPECT_TRUE(found.at("long").vector.empty());
  found.erase("long");
  expect_equal(found, expected);
}

TEST_P(Embeddings, AreCutAtTheEndWhereTheRecipeSaysSo) {
  const auto image = picture(56, 56, 1);
  const EmbeddingRecipe whole{.prompt = "<|im_start|>{image}{text}"};
  EmbeddingRecipe cut = whole;
  const auto long_text = embed(options_for(files_), whole, {{"a", "abcdef", {image}, {}}});
  // By bytes, as the tiny models' tokens are for such a text: one token fewer is one letter fewer.
  cut.most_tokens = 1'000;
  EXPECT_EQ(embed(options_for(files_), cut, {{"a", "abcdef", {image}, {}}}).at("a").vector, long_text.at("a").vector);
  cut.most_tokens = 2;
  EXPECT_THAT(embed(options_for(files_), cut, {{"a", "abcdef", {image}, {}}}).at("a").error, HasSubstr("image"));
  cut.most_tokens = 5;
  const auto five = embed(options_for(files_), cut, {{"a", "0123456789", {}, {}}, {"b", "01239", {}, {}}});
  EXPECT_EQ(five.at("a").vector, five.at("b").vector);
}

TEST(EmbeddingPrompt, PutsInstructionPicturesAndTextInTheirPlaces) {
  const EmbeddingRecipe recipe{.instruction = "Be {text}."};
  const auto turn = embedding_turn({"id", "a {image} b", {picture(4, 4, 1)}, {}}, recipe);
  const auto pieces = embedding_pieces("<s>{instruction}</s>{image}{text}<e>", turn.prompt);
  std::string shown;
  for (const auto& piece : pieces) {
    const bool special = piece.origin == RenderedPiece::Origin::chat_template;
    shown += piece.origin == RenderedPiece::Origin::image ? "[image]" : (special ? "!" : "-") + piece.text + "|";
  }
  EXPECT_EQ(shown, "!<s>|-Be {text}.|!</s>|[image]-a {image} b|!<e>|");
}

TEST(EmbeddingPrompt, ShowsTheFirstPicturesInTheirFirstSize) {
  const auto first = picture(101, 57, 1);
  EmbeddingRecipe recipe;
  recipe.most_images = 1;
  recipe.first_resize = FirstResize{};
  const auto shown = shown_pictures({first, picture(50, 50, 2)}, recipe);
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0]->width, 112U);
  EXPECT_EQ(shown[0]->height, 56U);
  EXPECT_EQ(shown_pictures(shown, recipe), shown) << "one that has such a size stays as it is";
}

TEST(Embedder, OfAnotherSizeThanItsCardSaysIsRefused) {
  const auto files = tiny_model(Architecture::llava, Voice::random);
  const auto refused = open_llama_embedder(options_for(files), {.dimensions = 1536});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::mismatch);
  EXPECT_THAT(refused.error().message(), HasSubstr("1536"));
}

TEST(Embedder, SaysInItsIdentityWhatVectorsDependOn) {
  const auto files = tiny_model(Architecture::qwen25vl, Voice::boxed);
  const auto identity = [&](const EmbeddingRecipe& recipe, Sharing sharing = Sharing::exact) {
    auto options = options_for(files);
    options.sharing = sharing;
    return (*open_llama_embedder(options, recipe))->facts().identity;
  };
  const auto plain = identity({});
  EXPECT_EQ(plain, identity({}, Sharing::none));
  EXPECT_NE(plain, identity({.pooling = Pooling::mean}));
  EXPECT_NE(plain, identity({.prompt = "{image}{text}"}));
  EXPECT_NE(plain, identity({.instruction = "Be brief."}));
  EXPECT_NE(plain, identity({.most_images = 1}));
  EXPECT_NE(plain, identity({.most_tokens = 100}));
  EXPECT_NE(plain, identity({.first_resize = FirstResize{}}));
}

}  // namespace
}  // namespace osler::test
