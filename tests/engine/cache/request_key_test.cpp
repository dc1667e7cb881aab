#include "osler/engine/cache/request_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "engine/cache/support.h"
#include "osler/core/hash.h"

namespace osler::test {
namespace {

std::string key_of(const Request& request, const EngineFacts& facts = made_up_facts(), std::uint64_t repeat = 0) {
  PictureHashes pictures;
  return request_key(engine_fingerprint(facts), request, pictures, repeat);
}

TEST(RequestKey, AnythingThatTheAnswerDependsOnChangesIt) {
  const auto other_pixel = [](Request& request) {
    Image image = *request.images.front();
    image.rgb = {0, 1, 2, 3, 4, 6};
    request.images.front() = std::make_shared<const Image>(std::move(image));
  };
  const auto other_shape = [](Request& request) {
    Image image = *request.images.front();
    std::swap(image.width, image.height);
    request.images.front() = std::make_shared<const Image>(std::move(image));
  };
  const std::vector<std::function<void(Request&)>> changes = {
      [](Request&) {},
      [](Request& request) { request.prompt.messages.back().parts.back().text += " "; },
      [](Request& request) { request.prompt.messages.back().parts.back().text = "Which organ?\nA. lung\nB. liver"; },
      [](Request& request) { request.prompt.messages.back().role = "system"; },
      [](Request& request) {
        request.prompt.messages.push_back({"assistant", {{std::nullopt, "A"}}});
      },
      [](Request& request) {
        std::swap(request.prompt.messages.back().parts[0], request.prompt.messages.back().parts[1]);
      },
      other_pixel,
      other_shape,
      [](Request& request) { request.images.push_back(request.images.front()); },
      [](Request& request) { request.images.clear(); },
      [](Request& request) { ++request.decoding.max_new_tokens; },
      [](Request& request) { request.decoding.temperature = 0.7; },
      [](Request& request) {
        request.decoding = {request.decoding.max_new_tokens, 0.7, 1};
      },
      [](Request& request) { request.follow_up = "Are you sure?"; },
      [](Request& request) {
        request.letters = {"A", "B", "C"};
      },
      [](Request& request) { request.letters = {"AB"}; },
      [](Request& request) {
        request.scoring = OptionQuestion{{{"A", "liver"}}, "", {}};
      },
      [](Request& request) {
        request.scoring = OptionQuestion{{{"A", "liver"}}, "Answer:", {}};
      },
      [](Request& request) {
        request.scoring = OptionQuestion{{{"B", "liver"}}, "", {}};
      },
      [](Request& request) {
        request.scoring = OptionQuestion{{{"A", "liver"}}, "", request.prompt};
      }};
  std::set<std::string> keys;
  for (const auto& change : changes) {
    Request request = made_up_request("1");
    change(request);
    EXPECT_EQ(key_of(request).size(), 32U);
    keys.insert(key_of(request));
  }
  EXPECT_EQ(keys.size(), changes.size());
}

TEST(RequestKey, AnotherEngineOrStateOfItIsAnotherKey) {
  const Request request = made_up_request("1");
  EngineFacts kind = made_up_facts();
  kind.kind = "openai";
  EngineFacts value = made_up_facts();
  value.identity["model_sha256"] = "cd";
  EngineFacts more = made_up_facts();
  more.identity["quantization"] = "";
  const std::set<std::string> keys{key_of(request), key_of(request, kind), key_of(request, value),
                                   key_of(request, more)};
  EXPECT_EQ(keys.size(), 4U);
}

TEST(RequestKey, IdsNamesAndCircumstancesDoNotChangeIt) {
  EngineFacts renamed = made_up_facts();
  renamed.model = "another-name";
  renamed.details["threads"] = "64";
  Request request = made_up_request("1");
  const std::string key = key_of(request);
  EXPECT_EQ(key_of(made_up_request("2")), key);
  EXPECT_EQ(key_of(request, renamed), key);
  request.images.front() = std::make_shared<const Image>(*request.images.front());
  EXPECT_EQ(key_of(request), key) << "the same pixels at another place";
}

TEST(RequestKey, SeedAndRepeatCountOnlyWhereThereIsChance) {
  Request request = made_up_request("1");
  const std::string greedy = key_of(request);
  request.decoding.seed = 5;
  EXPECT_EQ(key_of(request), greedy);
  EXPECT_EQ(key_of(request, made_up_facts(), 3), greedy);
  request.decoding.temperature = 0.7;
  const std::string sampled = key_of(request);
  EXPECT_NE(key_of(request, made_up_facts(), 3), sampled);
  request.decoding.seed = 6;
  EXPECT_NE(key_of(request), sampled);
}

TEST(PictureHashes, OfMorePicturesThanItRemembersAllAreRight) {
  std::vector<std::shared_ptr<const Image>> images;
  for (std::uint8_t shade = 0; shade < 100; ++shade) {
    images.push_back(std::make_shared<const Image>(Image{1, 1, {shade, shade, shade}}));
  }
  PictureHashes pictures;
  for (int round = 0; round < 2; ++round) {
    for (const auto& image : images) EXPECT_EQ(pictures.of(image), pixel_hash(*image));
  }
}

TEST(PictureHashes, APictureThatIsGoneIsNotTakenForTheNextAtItsAddress) {
  PictureHashes pictures;
  for (std::uint8_t shade = 0; shade < 100; ++shade) {
    const auto image = std::make_shared<const Image>(Image{1, 1, {shade, shade, shade}});
    EXPECT_EQ(pictures.of(image), pixel_hash(*image));
  }
}

}  // namespace
}  // namespace osler::test
