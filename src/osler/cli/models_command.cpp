#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/hub_model.h"
#include "osler/core/utf8.h"
#include "osler/model/model_card.h"
#include "osler/report/escape.h"
#include "osler/report/text_table.h"
#include "osler/storage/hub_cache.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// What runs it: llama.cpp where there are files for it.
std::string runs_on(const ModelCard& card) {
  std::string text = card.gguf ? "llama.cpp" : "";
  if (card.serving) text += (text.empty() ? "" : ", ") + card.serving->server;
  return text.empty() ? "-" : text;
}

/// What the server calls the model: the name that the command gives it, else the repository that it serves.
std::string served_name(const ModelCard& card) {
  std::istringstream words(card.serving->command);
  std::string repository;
  for (std::string word, before; words >> word; before = word) {
    if (before == "--served-model-name" || before == "--alias") return word;
    if (repository.empty() && check_repo_name(word)) repository = word;
  }
  return repository.empty() ? card.hub : repository;
}

/// The commands that run it; the first is the easiest.
std::vector<std::string> commands_for(const ModelCard& card) {
  std::vector<std::string> commands;
  if (card.gguf) commands.push_back(fmt::format("osler run --model {} --benchmark vqa-rad", card.name));
  if (card.serving) {
    commands.push_back(card.serving->command);
    commands.push_back(
        fmt::format("osler run --model openai:{} --base-url URL --benchmark vqa-rad", served_name(card)));
  }
  return commands;
}

std::string tokens_text(const ImageTokens& images) {
  const std::string least = images.min_tokens ? std::to_string(*images.min_tokens) : std::string();
  const std::string most = images.max_tokens ? std::to_string(*images.max_tokens) : std::string();
  std::string text =
      least == most ? least : fmt::format("{} to {}", least.empty() ? "any" : least, most.empty() ? "any" : most);
  if (!text.empty()) text += " tokens";
  if (images.tokens_from.empty()) return text;
  return text.empty() ? images.tokens_from : fmt::format("{} ({})", text, images.tokens_from);
}

std::string thinking_text(const ModelCard& card) {
  if (!card.thinking) return {};
  std::string text = fmt::format("{} ... {}", card.thinking->open, card.thinking->close);
  if (card.thinking->budget) text += fmt::format(", answers of up to {} new tokens", *card.thinking->budget);
  return text;
}

/// What is recommended, by name, as JSON has it.
OrderedJson decoding_json(const RecommendedDecoding& decoding) {
  OrderedJson object = OrderedJson::object();
  const auto add = [&object](const char* name, const auto& value) {
    if (value) object[name] = *value;
  };
  add("temperature", decoding.temperature);
  add("top_p", decoding.top_p);
  add("top_k", decoding.top_k);
  add("repetition_penalty", decoding.repetition_penalty);
  add("max_new_tokens", decoding.max_new_tokens);
  return object;
}

std::string decoding_text(const RecommendedDecoding& decoding) {
  std::string text;
  const OrderedJson object = decoding_json(decoding);
  for (const auto& [name, value] : object.items()) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, fmt::format("{:g}", value.get<double>()));
  }
  return text.empty() ? text : text + " (as its authors recommend; not applied)";
}

void print_line(const std::string& text) { std::cout << report::printable(text) << '\n'; }

void print_field(std::string_view name, const std::string& text) {
  if (!text.empty()) print_line(fmt::format("  {:<10} {}", name, text));
}

void print_text(const ModelCard& card) {
  print_line(fmt::format("{}: {}", card.name, card.title));
  print_field("class", std::string(name_of(card.model_class)));
  print_field("size", fmt::format("{:g} billion parameters", card.parameters));
  print_field("family", card.family + (card.base.empty() ? "" : ", trained from " + card.base));
  print_field("weights", card.hub + (card.gated ? " (gated: accept its terms on the hub first)" : ""));
  print_field("licence", card.licence);
  print_field("published", card.published_as.empty() ? "" : fmt::format("in tables as {}", card.published_as));
  print_field("matches", fmt::format("{}{}{}", fmt::join(card.matches, ", "), card.not_these.empty() ? "" : "; not ",
                                     fmt::join(card.not_these, ", ")));
  if (card.gguf) {
    print_field("GGUF", hub_model_of(*card.gguf) +
                            (card.gguf->mmproj.empty() ? "" : ", projector " + card.gguf->mmproj) +
                            (card.gguf->verified ? "" : " (not verified)"));
  }
  print_field("images", tokens_text(card.images));
  print_field("thinking", thinking_text(card));
  print_field("decoding", decoding_text(card.decoding));
  print_field("requests", card.extra_body.empty() ? "" : card.extra_body + " (to a server)");
  if (card.serving)
    print_field("server", card.serving->server + (card.serving->why.empty() ? "" : ": " + card.serving->why));
  if (const auto commands = commands_for(card); !commands.empty()) {
    std::cout << "\nRun it:\n";
    for (const auto& command : commands) print_line("  " + command);
  }
  if (!card.notes.empty()) std::cout << "\nNotes:\n";
  for (const auto& note : card.notes) {
    print_line(
        fmt::format("- {} ({})", note.text,
                    note.verified ? note.source : (note.source.empty() ? "" : note.source + ", ") + "not verified"));
  }
}

OrderedJson or_null(const std::string& text) { return text.empty() ? OrderedJson(nullptr) : OrderedJson(text); }

template <class T>
OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

OrderedJson short_json(const ModelCard& card) {
  return {{"name", card.name},
          {"title", card.title},
          {"class", name_of(card.model_class)},
          {"parameters_billion", card.parameters},
          {"hub", card.hub},
          {"gguf", card.gguf ? OrderedJson(hub_model_of(*card.gguf)) : OrderedJson(nullptr)},
          {"server", card.serving ? OrderedJson(card.serving->server) : OrderedJson(nullptr)}};
}

OrderedJson notes_json(const ModelCard& card) {
  auto list = OrderedJson::array();
  for (const auto& note : card.notes) {
    list.push_back({{"text", note.text}, {"source", or_null(note.source)}, {"verified", note.verified}});
  }
  return list;
}

OrderedJson full_json(const ModelCard& card) {
  OrderedJson object = short_json(card);
  object["family"] = card.family;
  object["base"] = or_null(card.base);
  object["licence"] = card.licence;
  object["gated"] = card.gated;
  object["published_as"] = or_null(card.published_as);
  object["matches"] = card.matches;
  object["not"] = card.not_these;
  if (card.gguf) {
    object["gguf_mmproj"] = or_null(card.gguf->mmproj);
    object["gguf_verified"] = card.gguf->verified;
  }
  object["images"] = {{"min_tokens", or_null(card.images.min_tokens)},
                      {"max_tokens", or_null(card.images.max_tokens)},
                      {"tokens_from", or_null(card.images.tokens_from)}};
  if (card.thinking) {
    object["thinking"] = {
        {"open", card.thinking->open}, {"close", card.thinking->close}, {"budget", or_null(card.thinking->budget)}};
  }
  object["decoding"] = decoding_json(card.decoding);
  object["extra_body"] = card.extra_body.empty() ? OrderedJson(nullptr) : OrderedJson::parse(card.extra_body);
  if (card.serving) object["serving"] = {{"command", card.serving->command}, {"why", or_null(card.serving->why)}};
  object["run"] = commands_for(card);
  object["notes"] = notes_json(card);
  object["sha256"] = card.hash;
  return object;
}

void print_json(const OrderedJson& json) {
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

int list_models(bool json) {
  const auto cards = model_cards();
  if (json) {
    auto list = OrderedJson::array();
    for (const auto& card : cards) list.push_back(short_json(card));
    print_json(list);
    return kDone;
  }
  report::TextTable table({"Model", "Class", "Size", "Runs on", "From"}, {false, false, true, false, false});
  for (const auto& card : cards) {
    table.add({report::printable(card.name), std::string(name_of(card.model_class)),
               fmt::format("{:g}B", card.parameters), report::printable(runs_on(card)),
               report::printable(card.gguf ? hub_model_of(*card.gguf) : card.hub)});
  }
  std::cout << table.text();
  return kDone;
}

/// A card by its name or file, else the one that means a model of this name.
Result<ModelCard> card_named(const std::string& name) {
  auto card = find_model_card(name);
  if (card || card.error().code != ErrorCode::usage) return card;
  if (auto meant = card_for(name)) return std::move(*meant);
  return card;
}

int show_model(const std::string& name, bool json) {
  const auto card = card_named(name);
  if (!card) return complain(card.error());
  if (json) {
    print_json(full_json(*card));
  } else {
    print_text(*card);
  }
  return kDone;
}

}  // namespace

void add_models_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("models", "What is known about models, and how to run them");
  command->require_subcommand(1);
  command->footer(
      "Any model runs without a card; a card supplies defaults.\n"
      "Example:\n  osler models list\n  osler models show qwen2.5-vl-7b");
  auto json = std::make_shared<bool>(false);
  auto* list = command->add_subcommand("list", "All model cards");
  list->add_flag("--json", *json, "A list of objects for programs");
  list->callback([&action, json] { action = [json] { return list_models(*json); }; });
  auto name = std::make_shared<std::string>();
  auto* show = command->add_subcommand("show", "One card: facts, defaults, pitfalls, and the command that runs it");
  show->add_option("model", *name, "A card's name, the path of a card (.yaml), or the name of a model that one means")
      ->required();
  show->add_flag("--json", *json, "One object for programs");
  show->callback([&action, name, json] { action = [name, json] { return show_model(*name, *json); }; });
}

}  // namespace osler::cli
