// One process's life on a SimMachine: the Disk that the engine gets in a simulation. Nothing completes by itself: the
// machine advances in poll() by a little and in wait() to the next completion, all on the calling thread.
#pragma once
#include "engine/io/sim_machine.h"

namespace foreshard {

class SimDisk final : public Disk {
 public:
  ~SimDisk() override;

  void submit(IoRequest& request) override;
  size_t poll() override;
  bool has_completions() const override { return first_completed_ != nullptr; }
  size_t wait() override;
  void set_wake(std::function<void()>) override {}
  Errc write_durable_now(FileId file, uint64_t offset, const uint8_t* data, uint64_t length) override;
  Errc read_now(FileId file, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& read) override;
  void forget_all() override;
  Status lock(const std::string& path) override;
  void unlock() override;
  Clock& clock() override { return clock_; }
  Random& random() override { return random_; }
  const char* name() const override { return "sim"; }
  bool direct() const override { return true; }

  // The machine crashed under it: nothing completes any more, and requests are dropped.
  bool dead() const { return dead_; }
  size_t under_way() const { return under_way_; }

 private:
  friend class SimMachine;
  struct Handle {
    SimInode inode;
    OpenMode mode;
    bool is_open;
    bool flush_failed;
    uint32_t under_way;
  };
  class VirtualClock final : public Clock {
   public:
    explicit VirtualClock(SimMachine& machine) : machine_(machine) {}
    uint64_t now_ns() override { return machine_.now_ns(); }
    uint64_t wall_ms() override { return machine_.wall_ms(); }

   private:
    SimMachine& machine_;
  };

  SimDisk(SimMachine& machine, uint64_t process, uint64_t seed)
      : machine_(machine), clock_(machine), random_(seed), process_(process) {}
  Handle& handle_of(FileId file);
  SimInode take_handle(IoRequest& request);
  void complete(IoRequest& request);
  size_t deliver();
  Errc perform_now(IoRequest& request);
  void die();

  SimMachine& machine_;
  VirtualClock clock_;
  Random random_;
  uint64_t process_;
  std::vector<Handle> handles_;  // a FileId is an index plus one; never used twice
  IoRequest* first_completed_ = nullptr;
  IoRequest** last_completed_ = &first_completed_;
  const IoRequest* awaited_now_ = nullptr;  // the request of perform_now()
  size_t under_way_ = 0;
  bool dead_ = false;
  bool forgotten_ = false;
};

}  // namespace foreshard
