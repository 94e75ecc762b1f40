// See flush_gate.h.
#include "engine/io/flush_gate.h"

#include "engine/io/files.h"

namespace foreshard {

RequestQueue* FlushGate::waiting_for(int fd) {
  for (Flushing& file : files_) {
    if (file.fd == fd) return &file.waiting;
  }
  return nullptr;
}

void FlushGate::flush(RequestQueue& requests) {
  const int fd = requests.front()->fd;
  std::unique_lock lock(mutex_);
  if (RequestQueue* waiting = waiting_for(fd)) return requests.move_to(*waiting);
  auto file = files_.emplace(files_.end());
  file->fd = fd;
  requests.move_to(file->waiting);
  while (!file->waiting.empty()) {
    RequestQueue covered;
    file->waiting.move_to(covered);
    lock.unlock();
    int error = files::flush(fd);
    for (IoRequest* one = covered.front(); one != nullptr; one = one->next) files::set_result(*one, error);
    completions_.push_all(covered);
    lock.lock();
  }
  files_.erase(file);
}

}  // namespace foreshard
