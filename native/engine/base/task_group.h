// Root tasks of one owner: spawned, swept when they have ended, destroyed with the group.
#pragma once
#include <vector>

#include "engine/base/signal.h"
#include "engine/base/task.h"

namespace foreshard {

class TaskGroup {
 public:
  // Runs the task to its first suspension at once.
  void spawn(Task<> task) {
    if (tasks_.size() >= sweep_at_) sweep();
    tasks_.push_back(std::move(task));
    tasks_.back().start();  // may spawn more and so move the vector; the frame does not move
  }
  // Destroys the frames of tasks that have ended. Not to be called from within one of them at its very end.
  void sweep() {
    std::erase_if(tasks_, [](const Task<>& task) { return task.done(); });
    sweep_at_ = tasks_.size() * 2 < kSweepLeast ? kSweepLeast : tasks_.size() * 2;
  }
  bool idle() const {
    for (const Task<>& task : tasks_)
      if (!task.done()) return false;
    return true;
  }
  void destroy_all() { tasks_.clear(); }

 private:
  static constexpr size_t kSweepLeast = 32;
  std::vector<Task<>> tasks_;
  size_t sweep_at_ = kSweepLeast;  // so that sweeping costs a constant per task
};

}  // namespace foreshard
