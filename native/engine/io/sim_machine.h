// The simulated machine: files, names, virtual time and requests under way. It outlives the processes on it; each
// SimDisk is one process's life (open_session). Everything is a function of the seed and of what is submitted.
//
// An operation takes effect at the virtual time drawn for it, in one step; between two steps the machine may crash.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/io/sim_faults.h"
#include "engine/io/sim_file.h"
#include "engine/io/sim_names.h"

namespace foreshard {

class SimDisk;

enum class CrashKind : uint8_t {
  process_killed,  // the page cache stays; what was in flight lands whole, torn, late or never
  power_cut,       // of all that was not flushed, any part survives
};

class SimMachine {
 public:
  explicit SimMachine(const SimOptions& options = {});
  SimMachine(const SimMachine&) = delete;
  SimMachine& operator=(const SimMachine&) = delete;
  ~SimMachine();

  // A process starts. Destroy it before the machine; several at a time are processes side by side.
  std::unique_ptr<SimDisk> open_session();

  // Ends every session: their requests never complete, and no request's memory is touched any more.
  void crash(CrashKind kind);
  // Ends one session as kill -9 does; the others go on.
  void kill(SimDisk& session);
  // Crashes by itself before the effect after the next `effects` ones.
  void crash_after(uint64_t effects, CrashKind kind);
  bool crash_is_due() const { return crash_countdown_ != 0; }
  void cancel_crash() { crash_countdown_ = 0; }
  // What the machine would be had it crashed now; this one goes on. For many crashes from one state.
  std::unique_ptr<SimMachine> crashed_copy(CrashKind kind, uint64_t seed) const;

  uint64_t now_ns() const { return now_ns_; }
  // Time passes; what completes meanwhile takes effect.
  void advance(uint64_t nanoseconds) { run_until(now_ns_ + nanoseconds); }
  void set_wall_ms(uint64_t wall_ms) { wall_offset_ms_ = wall_ms - now_ns_ / 1'000'000; }
  uint64_t wall_ms() const { return wall_offset_ms_ + now_ns_ / 1'000'000; }

  SimFaults& faults() { return faults_; }
  SimOptions& options() { return options_; }
  const SimCounters& counters() const { return counters_; }
  Random& random() { return random_; }
  std::string trace() const;

  // Inspection and surgery, at once and without faults. Paths as submitted.
  std::vector<std::string> files() const { return names_.all(); }
  bool exists(const std::string& path) const { return file_at(path) != nullptr; }
  std::vector<uint8_t> contents(const std::string& path) const;  // what a reader sees; empty if absent
  std::vector<uint8_t> durable_contents(const std::string& path) const;
  const SimFile* file_at(const std::string& path) const;
  void replace(const std::string& path, Bytes contents);  // durable; creates the name, and its directory, as well
  void remove(const std::string& path);
  bool flip(const std::string& path, uint64_t byte, unsigned bit);
  uint64_t used_bytes() const;
  size_t late_writes_pending() const { return late_.size(); }
  void land_late_writes() { run_until(late_end_ns()); }

 private:
  friend class SimDisk;
  enum class Phase : uint8_t { operation, flush };
  struct Event {
    uint64_t time_ns;
    uint64_t order;
    SimDisk* session;
    IoRequest* request;
    SimInode inode;
    Phase phase;
    uint64_t flush_from;  // which changes the flush covers: all older ones too if zero
    uint64_t flush_until;
    uint64_t fingerprint;  // of the data of a write when it was submitted
    bool operator<(const Event& other) const {  // for a heap whose top is the earliest
      return time_ns != other.time_ns ? time_ns > other.time_ns : order > other.order;
    }
  };
  struct LateWrite {
    uint64_t time_ns;
    SimInode inode;
    uint64_t offset;
    std::vector<uint8_t> bytes;
  };
  struct Lock {
    std::string path;
    SimDisk* holder;  // nullptr: a dead process, until free_ns
    uint64_t process;
    uint64_t free_ns;
  };

  // Sessions.
  void submit(SimDisk& session, IoRequest& request, SimInode inode);
  bool step();  // to the time of the next event; false: there is none
  void run_until(uint64_t time_ns);
  void run_events(uint64_t time_ns);
  void tick() { run_until(now_ns_ + random_.below(1'000)); }
  void push(Event event);
  void end_session(SimDisk& session);
  Status lock(SimDisk& session, const std::string& path);
  void unlock(SimDisk& session);

  // Effects (sim_effects.cc).
  static uint64_t fingerprint(const IoRequest& request);
  void perform(Event event);
  void complete(Event& event);
  void flush(Event& event);
  void flush_changes(const Event& event);
  void dispatch(IoRequest& request, SimInode inode);
  void open(IoRequest& request);
  void read(IoRequest& request, SimInode inode);
  void write(IoRequest& request, SimInode inode);
  void copy(IoRequest& request);
  void allocate(IoRequest& request, SimInode inode);
  void stat(IoRequest& request);
  int fault_of(const IoRequest& request, SimInode inode, bool at_flush);
  bool room_for(uint64_t blocks) const;
  uint64_t latency_of(const IoRequest& request);
  uint64_t latency(SimLatency range);

  // Crashes (sim_crash.cc).
  void end_in_flight(std::vector<Event> in_flight, CrashKind kind);
  void abandon(const Event& event, CrashKind kind, const SimSurvival& survival);
  void abandon_write(const Event& event, CrashKind kind, const SimSurvival& survival);
  void abandon_copy(const IoRequest& request);
  void lose_power(const SimSurvival& survival);
  void orphan_locks(const SimDisk* session);
  void land(const LateWrite& late);
  void land_due(uint64_t time_ns);
  uint64_t late_end_ns() const;
  void close_handles();
  void collect_files();

  SimFile& file(SimInode inode) { return *files_[inode]; }
  SimInode new_file();
  std::string path_of(SimInode inode) const;
  void note(SimTraceEntry entry);
  void note(const IoRequest& request, SimInode inode, bool at_flush);

  SimOptions options_;
  Random random_;
  uint64_t now_ns_ = 0;
  uint64_t wall_offset_ms_;
  uint64_t next_order_ = 0;
  uint64_t next_process_ = 1001;
  uint64_t crash_countdown_ = 0;  // 0: none is due
  CrashKind crash_kind_ = CrashKind::power_cut;
  SimFaults faults_;
  SimCounters counters_;
  SimNames names_;
  std::vector<std::unique_ptr<SimFile>> files_;  // by inode; null where there is none
  std::vector<Event> events_;                    // a heap
  std::vector<LateWrite> late_;
  std::vector<Lock> locks_;
  std::vector<SimDisk*> sessions_;
  std::vector<SimTraceEntry> trace_;  // a ring
  size_t trace_next_ = 0;
};

}  // namespace foreshard
