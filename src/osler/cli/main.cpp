#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/core/version.h"

namespace {

/// A program started without standard streams (by a daemon, or with 2>&-) would give their numbers to the first files
/// that it opens, and a library's complaint would land in the journal.
void occupy_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) _exit(osler::cli::kFailed);
  }
}

int run_main(int argc, char** argv) {
  using namespace osler;
  CLI::App app{"Osler measures how far medical vision-language models have come.", "osler"};
  app.set_version_flag("--version", cli::version_text(), "Print the version and what it is built on");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer(
      "Examples:\n"
      "  osler demo\n"
      "  osler run --model Qwen2.5-VL-7B-Q4_K_M.gguf --benchmark vqa-rad --data ~/data/vqa-rad\n"
      "  osler report runs/\n"
      "'osler COMMAND --help' explains a command.");
  cli::Action action;
  cli::add_demo_command(app, action);
  cli::add_phantom_command(app, action);
  cli::add_run_command(app, action);
  cli::add_plan_command(app, action);
  cli::add_grade_command(app, action);
  cli::add_import_command(app, action);
  cli::add_judge_command(app, action);
  cli::add_study_command(app, action);
  cli::add_report_command(app, action);
  cli::add_compare_command(app, action);
  cli::add_audit_command(app, action);
  cli::add_why_command(app, action);
  cli::add_data_command(app, action);
  cli::add_embed_command(app, action);
  cli::add_models_command(app, action);
  cli::add_capability_command(app, action);
  cli::add_cache_command(app, action);
  cli::add_doctor_command(app, action);
  cli::add_worker_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli::finish_output(cli::explain_usage_error(app, error));
  }
  return action ? cli::finish_output(action()) : cli::kWrongUsage;
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  // ggml starts a debugger for a backtrace when it gives up; in a batch job that only hangs.
  setenv("GGML_NO_BACKTRACE", "1", 0);
  try {
    return run_main(argc, argv);
  } catch (const std::bad_alloc&) {
    std::cerr << "osler: out of memory; try a smaller --context or a smaller model\n";
  } catch (const std::exception& error) {
    std::cerr << "osler: unexpected failure: " << error.what() << "; please report it\n";
  }
  return osler::cli::kFailed;
}
