#pragma once

#include <CLI/CLI.hpp>
#include <functional>

/// One function per subcommand: it declares the options and sets what is to be done. `exit_status` is 0 done,
/// 1 something failed (said on standard error), 2 wrong usage.
namespace osler::cli {

using Action = std::function<int()>;

void add_run_command(CLI::App& app, Action& action);
void add_plan_command(CLI::App& app, Action& action);
void add_capability_command(CLI::App& app, Action& action);
void add_cache_command(CLI::App& app, Action& action);
void add_grade_command(CLI::App& app, Action& action);
void add_import_command(CLI::App& app, Action& action);
void add_judge_command(CLI::App& app, Action& action);
void add_embed_command(CLI::App& app, Action& action);
void add_models_command(CLI::App& app, Action& action);
void add_study_command(CLI::App& app, Action& action);
void add_report_command(CLI::App& app, Action& action);
void add_compare_command(CLI::App& app, Action& action);
void add_audit_command(CLI::App& app, Action& action);
void add_why_command(CLI::App& app, Action& action);
void add_data_command(CLI::App& app, Action& action);
void add_demo_command(CLI::App& app, Action& action);
void add_phantom_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);
void add_worker_command(CLI::App& app, Action& action);

}  // namespace osler::cli
