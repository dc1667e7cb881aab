#include "osler/engine/worker/frames.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "engine/worker/support.h"
#include "osler/storage/descriptor.h"

namespace osler::test {
namespace {

using Wait = FrameReader::Wait;

class Frames : public testing::Test {
 protected:
  Frames() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    near_ = Descriptor(ends[0]);
    far_ = Descriptor(ends[1]);
  }
  void send_raw(std::string_view bytes) const {
    ASSERT_EQ(::send(near_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  Descriptor near_;
  Descriptor far_;
};

TEST_F(Frames, ArriveAsTheyWereSentAndInOrder) {
  FrameWriter writer(near_.get());
  writer.put(make_frame(3, ""));
  writer.put(make_frame(200, std::string("a\0b\xFF", 4)));
  ASSERT_TRUE(writer.write(Wait::yes).has_value());
  EXPECT_TRUE(writer.empty());
  FrameReader reader(far_.get(), 100);
  const auto first = reader.read(Wait::yes);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->type, 3);
  EXPECT_EQ((*first)->payload, "");
  const auto second = reader.read(Wait::no);
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->type, 200);
  EXPECT_EQ((*second)->payload, std::string("a\0b\xFF", 4));
  const auto none = reader.read(Wait::no);
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
}

TEST_F(Frames, AreWholeWhenTheyArriveByteByByte) {
  const std::string bytes = make_frame(7, "hello").bytes;
  FrameReader reader(far_.get(), 100);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto early = reader.read(Wait::no);
    ASSERT_TRUE(early.has_value());
    EXPECT_FALSE(early->has_value()) << i;
    send_raw(bytes.substr(i, 1));
  }
  const auto frame = reader.read(Wait::no);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->payload, "hello");
}

TEST_F(Frames, MoreThanTheSocketHoldsGoesOutAsItIsTaken) {
  const auto image = noise(1500, 1000, 1);
  FrameWriter writer(near_.get());
  writer.put(make_frame(1, "picture", image));
  ASSERT_TRUE(writer.write(Wait::no).has_value());
  EXPECT_FALSE(writer.empty()) << "the socket took all at once: make the picture larger";
  FrameReader reader(far_.get(), std::uint64_t{1} << 30);
  while (true) {
    const auto frame = reader.read(Wait::no);
    ASSERT_TRUE(frame.has_value());
    if (*frame) {
      const std::string pixels(image->rgb.begin(), image->rgb.end());
      EXPECT_TRUE((*frame)->payload == "picture" + pixels);
      break;
    }
    ASSERT_TRUE(writer.write(Wait::no).has_value());
  }
  EXPECT_TRUE(writer.empty());
}

TEST_F(Frames, ALengthBeyondTheLimitIsAnErrorAndTakesNoMemory) {
  send_raw(std::string("\x05\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9));
  FrameReader reader(far_.get(), kMaxOrderBytes);
  const auto frame = reader.read(Wait::yes);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().code, ErrorCode::malformed);
}

TEST_F(Frames, TheOtherSidesEndIsAnErrorAlsoWithinAFrame) {
  const std::string bytes = make_frame(7, "hello").bytes;
  send_raw(bytes.substr(0, bytes.size() - 1));
  near_ = Descriptor();
  FrameReader reader(far_.get(), 100);
  const auto frame = reader.read(Wait::yes);
  ASSERT_FALSE(frame.has_value());
  EXPECT_EQ(frame.error().code, ErrorCode::io);
}

TEST_F(Frames, WritingToWhomIsGoneIsAnErrorAndNoSignal) {
  far_ = Descriptor();
  FrameWriter writer(near_.get());
  writer.put(make_frame(1, "anyone?"));
  const auto status = writer.write(Wait::yes);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace osler::test
