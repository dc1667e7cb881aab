#include "osler/cli/item_view.h"

#include <fmt/format.h>

#include "osler/cli/response_view.h"
#include "osler/core/utf8.h"

namespace osler::cli {
namespace {

std::string line(const std::string& name, const std::string& value) {
  return fmt::format("  {:<12} {}\n", printable_line(name), printable_line(value));
}

std::string place_of(const ImageSource& source) {
  if (source.file.empty()) return "nowhere";
  std::string place = source.file;
  if (source.row) place += fmt::format(", record {}, column '{}'", *source.row, source.column);
  if (source.element) place += fmt::format(", element {}", *source.element);
  if (source.base64) place += fmt::format(", base64 at byte {}", source.base64->offset);
  return place;
}

std::string image_text(const ItemView& view, std::size_t number) {
  const ImageSource& source = view.item.images[number];
  const ImageView& shown = view.images[number];
  std::string text = fmt::format("\nimage {}\n", number + 1);
  text += line("key", source.key.empty() ? "(none)" : source.key);
  text += line("lies in", place_of(source));
  if (shown.image) {
    text += line("size", fmt::format("{} x {}", shown.image->width, shown.image->height));
  } else {
    text += line("problem", shown.problem);
  }
  if (!shown.prompted) text += line("prompt", fmt::format("the protocol {} does not show it", view.protocol.name));
  if (!shown.saved.empty()) text += line("saved as", shown.saved);
  return text + shown.picture;
}

/// The message as one text, images as "[image 1]"; those before the text on lines of their own.
std::string message_text(const Message& message) {
  std::string text;
  bool begun = false;
  for (const auto& part : message.parts) {
    text += part.image ? fmt::format("[image {}]", *part.image + 1) : part.text;
    begun = begun || !part.image;
    if (!begun) text += '\n';
  }
  return text;
}

std::string gold_text(const Item& item) {
  if (item.gold.empty()) return "(none)";
  if (!item.gold_option) return item.gold;
  return fmt::format("{}. {}", option_letter(*item.gold_option), item.options[*item.gold_option]);
}

void append_problems(const ItemView& view, const std::vector<Problem>& problems, const std::string& name,
                     std::string& text) {
  for (const auto& problem : problems) {
    if (problem.item_id == view.item.id) text += line(name, "it " + problem.what);
  }
}

nlohmann::ordered_json problems_json(const ItemView& view, const std::vector<Problem>& problems) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& problem : problems) {
    if (problem.item_id == view.item.id) list.push_back(problem.what);
  }
  return list;
}

nlohmann::ordered_json image_json(const ImageSource& source, const ImageView& shown) {
  nlohmann::ordered_json json{{"key", source.key}, {"file", source.file}};
  if (source.row) json["record"] = *source.row;
  if (!source.column.empty()) json["column"] = source.column;
  if (source.element) json["element"] = *source.element;
  if (source.base64) json["base64_at_byte"] = source.base64->offset;
  if (shown.image) {
    json["width"] = shown.image->width;
    json["height"] = shown.image->height;
  } else {
    json["problem"] = shown.problem;
  }
  json["in_prompt"] = shown.prompted;
  if (!shown.saved.empty()) json["saved"] = shown.saved;
  return json;
}

nlohmann::ordered_json messages_json(const ItemView& view) {
  auto messages = nlohmann::ordered_json::array();
  for (const auto& message : make_prompt(view.protocol, view.item).messages) {
    auto parts = nlohmann::ordered_json::array();
    for (const auto& part : message.parts) {
      if (part.image) {
        parts.push_back({{"image", *part.image + 1}});
      } else {
        parts.push_back({{"text", part.text}});
      }
    }
    messages.push_back({{"role", message.role}, {"parts", parts}});
  }
  return messages;
}

}  // namespace

std::string item_text(const ItemView& view) {
  const Item& item = view.item;
  std::string text = printable_line(view.rows.name()) + '\n';
  text += line("id", item.id);
  text += line("kind", std::string(name_of(item.kind)));
  text += line("capability", std::string(name_of(item.capability)));
  for (const auto& [name, value] : item.strata) text += line(name, value);
  append_problems(view, view.rows.problems, "problem", text);
  append_problems(view, view.rows.remarks, "remark", text);
  for (std::size_t i = 0; i < item.images.size(); ++i) text += image_text(view, i);
  text += fmt::format("\nprompt by the protocol {}\n", view.protocol.name);
  for (const auto& message : make_prompt(view.protocol, item).messages) {
    text += fmt::format("{}:\n{}", message.role, indented(printable_text(message_text(message))));
  }
  text += "\ngold answer\n" + indented(printable_text(gold_text(item)));
  return text;
}

nlohmann::ordered_json item_json(const ItemView& view) {
  const Item& item = view.item;
  auto images = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < item.images.size(); ++i) images.push_back(image_json(item.images[i], view.images[i]));
  nlohmann::ordered_json json{{"benchmark", view.rows.benchmark},
                              {"row_set", view.rows.name()},
                              {"id", item.id},
                              {"kind", name_of(item.kind)},
                              {"capability", name_of(item.capability)},
                              {"strata", item.strata},
                              {"question", item.question},
                              {"options", item.options},
                              {"gold", item.gold},
                              {"gold_letter", nullptr},
                              {"images", images},
                              {"protocol", view.protocol.name},
                              {"messages", messages_json(view)},
                              {"problems", problems_json(view, view.rows.problems)},
                              {"remarks", problems_json(view, view.rows.remarks)}};
  if (item.gold_option) json["gold_letter"] = std::string(1, option_letter(*item.gold_option));
  return json;
}

}  // namespace osler::cli
