#include "osler/engine/llama/log_capture.h"

#include <ggml.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <llama.h>

#include "engine/llama/support.h"

namespace osler::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Makes the library complain about a model file that is not there.
void complain_about(const std::string& name) {
  const auto* model = llama_model_load_from_file(name.c_str(), llama_model_default_params());
  EXPECT_EQ(model, nullptr);
}

TEST(LogCapture, KeepsTheFirstComplaintAsOneLine) {
  const TestFolder folder;
  const LogCapture log;
  EXPECT_EQ(log.reason(), "");
  complain_about(folder.file("first.gguf", "GGUF").string());
  const auto reason = log.reason();
  EXPECT_TRUE(reason.starts_with(" (") && reason.ends_with(")")) << reason;
  EXPECT_EQ(reason.find('\n'), std::string::npos);
  complain_about("/nonexistent/second.gguf");
  EXPECT_EQ(log.reason(), reason);
}

TEST(LogCapture, TheInnermostListensAndTheOuterOneGoesOnAfterIt) {
  const LogCapture outer;
  {
    const LogCapture inner;
    complain_about("/nonexistent/inner.gguf");
    EXPECT_THAT(inner.reason(), HasSubstr("inner.gguf"));
    EXPECT_EQ(outer.reason(), "");
  }
  complain_about("/nonexistent/outer.gguf");
  EXPECT_THAT(outer.reason(), HasSubstr("outer.gguf"));
}

TEST(LogCapture, NothingReachesStandardErrorUnlessVerbose) {
  const auto files = tiny_model(tiny_vlm::Architecture::qwen25vl, tiny_vlm::Voice::boxed);
  set_library_logging(false);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  static_cast<void>(answers(*open_engine(options_for(files)), {ask("a", "Q", {picture(84, 84, 1)})}));
  complain_about("/nonexistent/quiet.gguf");
  static_cast<void>(open_llama_engine({.model = "/nonexistent/a.gguf", .projector = {}, .chat_template = {}}));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
  EXPECT_THAT(testing::internal::GetCapturedStdout(), IsEmpty());

  set_library_logging(true);
  testing::internal::CaptureStderr();
  complain_about("/nonexistent/loud.gguf");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("loud.gguf"));
  set_library_logging(false);
}

}  // namespace
}  // namespace osler::test
