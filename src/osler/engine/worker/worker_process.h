#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>

#include "osler/core/error.h"
#include "osler/engine/engine.h"
#include "osler/engine/worker/messages.h"

namespace osler {

using OpenEngine =
    std::function<Result<std::unique_ptr<Engine>>(const messages::Open& order, const std::function<bool(float)>&)>;

/// Ties this process to the one that started it: it ends when that thread of its parent does, whatever ends it, and
/// holds nothing else open but the socket. False when the parent is gone already, or the socket is none.
[[nodiscard]] bool bind_to_parent(pid_t parent, int socket);

/// A worker's life: takes the order to load, opens the engine and answers what comes, until the socket ends; then the
/// process ends at once, whatever the engine is doing. Returns only where nothing was ordered.
void run_worker(int socket, const OpenEngine& open);

}  // namespace osler
