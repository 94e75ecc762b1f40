// Opening a store: lock, manifest, tail, then traffic; and what goes on behind it until everything is warm. The order
// is that of the design's recovery: nothing before `open` depends on the size of the store, only on the tail.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "engine/recovery/decision.h"
#include "engine/recovery/tail.h"
#include "engine/store/pages.h"
#include "engine/store/reader.h"
#include "engine/store/warmer.h"

namespace foreshard {

// What a recovery did, for store.recovery.
struct RecoveryReport {
  bool created = false;
  bool clean = false;               // the last close was in order
  IndexSource index = IndexSource::nothing;
  uint64_t tail_bytes = 0, tail_records = 0, tail_segments = 0;
  bool cut = false;
  uint64_t cut_lsn = 0, cut_groups = 0;
  std::vector<DamagedRange> damage;
  std::vector<std::string> notes;   // files that could not be read, and what was used instead
  double scan_ms = 0, replay_ms = 0;                              // that reading the tail and replaying it took
  double open_ms = 0, index_ms = 0, hot_ms = 0, full_ms = 0;      // since open() began
};

class SeenKeys;  // store/seen_keys.h

// What a segment of the tail says, newest first.
struct Replayed {
  std::vector<RunEntry> newest_here;  // each key's newest record of this segment: what its run says
  std::vector<RunEntry> newest;       // of those, the ones that no later segment replaces: what pages need
};

class Opening {
 public:
  Opening(Core& core, Pages& pages, Reader& reader, Warmer& warmer)
      : core_(core), pages_(pages), reader_(reader), warmer_(warmer) {
    pages_.rescan = [this](const SegmentFacts& facts) { return rescan(facts); };
  }

  // Until traffic may begin.
  Task<Status> run();
  // Behind the traffic: the rest of the index, the fast-restore images, runs of the scanned segments, the rest.
  Task<> finish();

  const RecoveryReport& report() const { return report_; }
  double progress() const;
  std::string json() const;

 private:
  Task<Status> prepare_directories();
  Task<Status> create();
  Task<Status> recover(ManifestRead read);
  Status adopt_manifest(const Manifest& manifest);
  Task<> sort_files(bool delete_unknown);
  Task<> adopt_segment(std::string name);
  Task<FileHealth> open_images();
  bool needs_run(const SegmentFacts& facts) const;
  Task<FileHealth> open_runs();
  Task<Result<std::vector<RunEntry>>> scan_entries(SegmentFacts facts, std::vector<DamagedRange>* damage);
  Task<Status> scan_sealed(SegmentFacts facts);
  Task<Result<std::vector<RunEntry>>> rescan(SegmentFacts facts);
  Task<Status> scan_tail(const Manifest& manifest);
  void take_tail(Tail& tail);
  Status replay();
  bool replay_group(const SegmentScan& scan, const GroupHeader& header, SeenKeys& seen, Replayed& replayed);
  void replay_record(RecordView record, uint64_t hash, Address disk);
  Task<Status> flush_kept();
  Task<std::vector<uint64_t>> drop_empty();
  Task<Status> start_log(const Manifest& manifest);
  Task<> seal_scanned();
  Task<> load_index();
  void drop_early_marks();
  void recount();
  void note(std::string text);
  double elapsed_ms() const;
  void enter_phase(Phase phase);

  Core& core_;
  Pages& pages_;
  Reader& reader_;
  Warmer& warmer_;
  RecoveryReport report_;
  std::vector<std::string> files_;
  Tail tail_;
  std::vector<std::pair<uint64_t, std::vector<RunEntry>>> scanned_;  // by segment id: runs to write
  std::map<uint64_t, uint64_t> dead_at_open_;  // dead bytes by segment id, before traffic
  uint64_t sealed_sequence_ = 0;    // the latest in a sealed segment: it may be sealed before an earlier one
  uint64_t loaded_generation_ = 0;  // of the image that the index came from; 0: none
  uint64_t started_ns_ = 0;
};

}  // namespace foreshard
