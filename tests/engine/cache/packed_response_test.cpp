#include "osler/engine/cache/packed_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/cache/support.h"
#include "osler/storage/response_json.h"

namespace osler::test {
namespace {

TEST(PackedResponse, ComesBackToTheBitWithoutWhatBelongsToOneAsking) {
  Response response = made_up_response(made_up_request("item 7"));
  response.text += std::string("\xFF\0 caf\xC3\xA9", 9);
  response.first_reply = "Let me see.";
  response.finish = FinishReason::length;
  response.option_scores = {{-0.1, -2.0000000000000004, 3, -9.5}, {-1.0 / 3.0, -4.0, 2, -8.0}};
  response.image_cluster = "cluster";
  response.cached = true;
  const auto back = unpack_response(pack_response(response));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->item_id, "");
  EXPECT_EQ(back->image_cluster, "");
  EXPECT_FALSE(back->cached);
  response.item_id.clear();
  response.image_cluster.clear();
  response.cached = false;
  EXPECT_EQ(dump_json(response_to_json(*back)), dump_json(response_to_json(response)));
  EXPECT_EQ(back->text, response.text);
  EXPECT_EQ(back->option_scores[1].letter_logprob, response.option_scores[1].letter_logprob);
}

TEST(PackedResponse, AShortAnswerTakesFewBytesAndALongOneIsWhole) {
  Response response;
  response.text = "\\boxed{B}";
  EXPECT_LT(pack_response(response).size(), 100U);
  std::mt19937 random(1);
  for (int i = 0; i < 3'000'000; ++i) response.text += static_cast<char>('a' + random() % 26);
  const auto back = unpack_response(pack_response(response));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->text, response.text);
  response.text.assign(3'000'000, 'a');
  const auto packed_well = unpack_response(pack_response(response));
  ASSERT_TRUE(packed_well.has_value());
  EXPECT_EQ(packed_well->text, response.text);
}

TEST(PackedResponse, DamagedAndHostileBytesAreNothing) {
  const Response response = made_up_response(made_up_request("1"));
  const std::string packed = pack_response(response);
  for (std::size_t cut = 0; cut < packed.size(); ++cut) EXPECT_FALSE(unpack_response(packed.substr(0, cut))) << cut;
  for (std::size_t at = 0; at < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    // The last bits of the stream are padding.
    const auto read = unpack_response(damaged);
    EXPECT_TRUE(!read || read->text == response.text) << at;
  }
  EXPECT_FALSE(unpack_response(packed + "x"));
  EXPECT_FALSE(unpack_response(std::string(10'000, '\0')));
  EXPECT_FALSE(unpack_response("{\"id\": \"\", \"text\": \"x\"}"));
}

}  // namespace
}  // namespace osler::test
