#include "osler/engine/openai/embedding_body.h"

#include <fmt/format.h>

#include <utility>

#include "osler/engine/openai/json_fields.h"

namespace osler::openai {
namespace {

Json common(const ChatSettings& settings) {
  Json body = {{"model", settings.model}, {"encoding_format", "float"}};
  body.update(settings.extra_body);
  return body;
}

/// An object without its closing brace, for the long part to follow: a proxy that looks at the model's name finds it at
/// once.
std::string opened(const Json& body) {
  std::string text = dump_json(body);
  text.back() = ',';
  return text;
}

std::string quoted(const std::string& text) { return dump_json(Json(text)); }

tl::unexpected<Error> broken(std::string what) { return fail(ErrorCode::malformed, std::move(what)); }

Result<std::vector<float>> vector_of(const Json& entry) {
  const Json* numbers = member(entry, "embedding");
  if (numbers == nullptr || !numbers->is_array() || numbers->empty()) return broken("a vector is missing or empty");
  std::vector<float> vector;
  vector.reserve(numbers->size());
  for (const auto& number : *numbers) {
    if (!number.is_number()) return broken("a vector holds what is no number");
    vector.push_back(static_cast<float>(number.get<double>()));
  }
  if (auto status = normalize(vector); !status) return broken(status.error().what);
  return vector;
}

}  // namespace

Pieces make_texts_body(const std::vector<EmbeddingRequest>& requests, const ChatSettings& settings) {
  Pieces body;
  body.add(opened(common(settings)) + R"("input":[)");
  std::string joint;
  for (const auto& request : requests) {
    const std::string text =
        request.instruction.empty() ? request.text : fmt::format("{}\n{}", request.instruction, request.text);
    body.add(joint + quoted(text));
    joint = ",";
  }
  body.add("]}");
  return body;
}

Result<Pieces> make_conversation_body(const EmbeddingRequest& request, const std::string& instruction,
                                      const ChatSettings& settings, ImageUris& uris) {
  Pieces body;
  body.add(opened(common(settings)) + R"("messages":[)");
  const std::string& system = request.instruction.empty() ? instruction : request.instruction;
  if (!system.empty()) body.add(R"({"role":"system","content":)" + quoted(system) + "},");
  body.add(R"({"role":"user","content":[)");
  for (const auto& image : request.images) {
    auto uri = uris.uri(image);
    if (!uri) return pass(uri);
    body.add(R"({"type":"image_url","image_url":{"url":")");
    body.add(std::move(*uri));
    body.add("\"}},");
  }
  body.add(R"({"type":"text","text":)" + quoted(request.text) + "}]}]}");
  return body;
}

Result<std::vector<std::vector<float>>> read_embeddings(const std::string& body, std::size_t count) {
  const auto answer = parse_json(body, {});
  if (!answer) return broken("the answer is no JSON");
  const Json* data = member(*answer, "data");
  if (data == nullptr || !data->is_array()) return broken("the answer holds no list of vectors ('data')");
  if (data->size() != count) return broken(fmt::format("{} vectors came for {} texts", data->size(), count));
  std::vector<std::vector<float>> vectors(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Json& entry = (*data)[i];
    // A server that does not number them answers in order.
    const Json* index = member(entry, "index");
    if (index != nullptr && !index->is_number_unsigned()) return broken("a vector's index is no number");
    const auto place = index == nullptr ? i : index->get<std::size_t>();
    if (place >= count || !vectors[place].empty())
      return broken(fmt::format("no text has the index {}, or two", place));
    auto vector = vector_of(entry);
    if (!vector) return pass(vector);
    vectors[place] = std::move(*vector);
  }
  for (const auto& vector : vectors) {
    if (vector.size() != vectors.front().size()) return broken("vectors of one answer differ in size");
  }
  return vectors;
}

}  // namespace osler::openai
