// See flush_gate.h.
#include "engine/io/flush_gate.h"

#include "engine/io/files.h"

namespace foreshard {

void FlushGate::flush(IoRequest& request) {
  const int fd = request.fd;
  std::unique_lock lock(mutex_);
  for (Flushing& file : files_) {
    if (file.fd == fd) return file.waiting.push(request);
  }
  auto file = files_.emplace(files_.end());
  file->fd = fd;
  file->waiting.push(request);
  while (!file->waiting.empty()) {
    RequestQueue covered;
    while (!file->waiting.empty()) covered.push(file->waiting.pop());
    lock.unlock();
    int error = files::flush(fd);
    for (IoRequest* one = covered.front(); one != nullptr; one = one->next) files::set_result(*one, error);
    completions_.push_all(covered);
    lock.lock();
  }
  files_.erase(file);
}

}  // namespace foreshard
