// What each operation does to the simulated machine, in one step at its time; see sim_machine.h.
#include <algorithm>
#include <cstdio>

#include "engine/io/errors.h"
#include "engine/io/sim_disk.h"
#include "engine/io/sim_machine.h"

namespace foreshard {

// A sample of the data: enough to find, in some run, a buffer that is written to while it is under way.
uint64_t SimMachine::fingerprint(const IoRequest& request) {
  uint64_t mixed = 1;
  for (uint64_t at = 0; at + 8 <= request.length; at += 264) {
    mixed = std::rotl(mixed, 7) ^ (load<uint64_t>(request.data + at) * 0x9e3779b97f4a7c15u);
  }
  return mixed;
}

void SimMachine::perform(Event event) {
  IoRequest& request = *event.request;
  ++counters_.effects;
  if (event.phase == Phase::flush) {
    flush(event);
    return complete(event);
  }
  request.code = Errc::ok;
  request.system_errno = 0;
  if (event.fingerprint != 0 && event.fingerprint != fingerprint(request)) {
    std::fprintf(stderr, "sim: the data of a write changed while it was under way: %s\n", path_of(event.inode).c_str());
    std::abort();
  }
  uint64_t first_change = request.op == IoOp::write_durable ? file(event.inode).changes_until_now() : 0;
  dispatch(request, event.inode);
  if (request.op == IoOp::write_durable && request.code == Errc::ok) {
    event.phase = Phase::flush;
    event.flush_from = random_.chance(0.5) ? first_change : 0;
    event.flush_until = file(event.inode).changes_until_now();
    event.time_ns = now_ns_ + latency(options_.flush);
    return push(event);
  }
  complete(event);
}

void SimMachine::complete(Event& event) {
  IoRequest& request = *event.request;
  if (request.code != Errc::ok) ++counters_.faults;
  note(request, event.inode, event.phase == Phase::flush);
  if (request.op == IoOp::open && request.code == Errc::ok) ++file(static_cast<SimInode>(request.value)).handles;
  event.session->complete(request);
}

void SimMachine::flush_changes(const Event& event) {
  if (event.flush_from == 0) return file(event.inode).flush(event.flush_until);
  file(event.inode).flush_only(event.flush_from, event.flush_until);
}

void SimMachine::flush(Event& event) {
  IoRequest& request = *event.request;
  int fault = fault_of(request, event.inode, true);
  ++counters_.flushes;
  bool& has_failed = event.session->handle_of(request.file).flush_failed;
  if (fault == 0) {
    flush_changes(event);
    if (has_failed) fault = EIO;  // what failed before may be lost: see IoOp::sync
  } else {
    file(event.inode).fail_flush(event.flush_until, random_);
    has_failed = true;
  }
  request.system_errno = fault;
  request.code = errc_of_errno(fault);
}

static bool overlap(const IoRequest& request, const SimFault& fault) {
  return request.offset < fault.offset ? fault.offset - request.offset < request.length
                                       : request.offset - fault.offset < fault.length;
}

// The first matching fault of the plan, or one by probability; an errno, 0 for none.
int SimMachine::fault_of(const IoRequest& request, SimInode inode, bool at_flush) {
  bool moves_data = request.op == IoOp::read || request.op == IoOp::write || request.op == IoOp::write_durable;
  for (SimFault& fault : faults_.plan) {
    if (fault.op != request.op || fault.count == 0) continue;
    if (request.op == IoOp::write_durable && fault.at_flush != at_flush) continue;
    std::string path = request.path.empty() ? path_of(inode) : request.path;
    if (path.find(fault.path_part) == std::string::npos) continue;
    if (moves_data && !overlap(request, fault)) continue;
    if (fault.skip != 0) {
      --fault.skip;
      continue;
    }
    if (fault.count != UINT64_MAX) --fault.count;
    return fault.system_errno;
  }
  double chance = at_flush                    ? faults_.sync_error
                  : request.op == IoOp::read  ? faults_.read_error
                  : moves_data                ? faults_.write_error
                                              : 0;
  return chance > 0 && random_.chance(chance) ? EIO : 0;
}

void SimMachine::dispatch(IoRequest& request, SimInode inode) {
  bool moves_data = request.op == IoOp::read || request.op == IoOp::write || request.op == IoOp::write_durable;
  if (moves_data) return request.op == IoOp::read ? read(request, inode) : write(request, inode);
  if (int fault = fault_of(request, inode, false); fault != 0) {
    request.system_errno = fault;
    request.code = errc_of_errno(fault);
    return;
  }
  std::string path = sim_path(request.path);
  switch (request.op) {
    case IoOp::open: return open(request);
    case IoOp::close: --file(inode).handles; return;
    case IoOp::allocate: return allocate(request, inode);
    case IoOp::truncate: return file(inode).resize(request.length);
    case IoOp::rename: request.code = names_.rename(path, sim_path(request.other_path)); return;
    case IoOp::unlink: request.code = names_.remove(path); return;
    case IoOp::link: {
      SimInode source = names_.find(path);
      request.code = source == kNoInode ? Errc::not_found : names_.add(sim_path(request.other_path), source);
      return;
    }
    case IoOp::sync_directory:
      request.code = names_.sync_directory(path);
      return collect_files();
    case IoOp::list:
      request.names.clear();
      request.code = names_.list(path, request.names);
      return;
    case IoOp::make_directory: request.code = names_.make_directory(path); return;
    case IoOp::stat: return stat(request);
    case IoOp::copy: return copy(request);
    case IoOp::work: return request.work();
    default: return;
  }
}

void SimMachine::open(IoRequest& request) {
  std::string path = sim_path(request.path);
  SimInode inode = names_.find(path);
  if (request.open_mode == OpenMode::create) {
    if (inode != kNoInode) {
      request.code = Errc::exists;
      return;
    }
    inode = new_file();
    request.code = names_.add(path, inode);
  } else if (inode == kNoInode) {
    request.code = Errc::not_found;
  }
  if (request.code != Errc::ok) return;
  if (request.open_mode == OpenMode::read_device) file(inode).forget_lost();
  request.value = inode;
  request.size = request.data_end = file(inode).size();
}

void SimMachine::read(IoRequest& request, SimInode inode) {
  request.system_errno = fault_of(request, inode, false);
  request.code = errc_of_errno(request.system_errno);
  request.value = 0;
  if (request.code != Errc::ok) return;
  request.value = file(inode).read(request.offset, request.data, request.length);
  if (faults_.short_read > 0 && request.value > 0 && random_.chance(faults_.short_read)) {
    request.value = align_down(random_.below(request.value), kBlock);
  }
  counters_.bytes_read += request.value;
}

bool SimMachine::room_for(uint64_t blocks) const {
  return blocks == 0 || options_.capacity_bytes == 0 || used_bytes() + blocks * kBlock <= options_.capacity_bytes;
}

void SimMachine::write(IoRequest& request, SimInode inode) {
  SimFile& target = file(inode);
  request.system_errno = fault_of(request, inode, false);
  uint64_t length = request.length;
  if (request.system_errno == 0 && options_.capacity_bytes != 0) {
    while (!room_for(target.blocks_wanted(request.offset, length))) length -= kBlock;
    if (length != request.length) request.system_errno = ENOSPC;
  }
  request.code = errc_of_errno(request.system_errno);
  if (request.code == Errc::ok || request.code == Errc::disk_full) {
    target.write(request.offset, request.data, length);
    counters_.bytes_written += length;
  } else {
    SimFate fate = SimSurvival::draw(random_).fate(random_);
    target.write_torn(request.offset, request.data, length, fate, random_);
  }
}

void SimMachine::allocate(IoRequest& request, SimInode inode) {
  if (room_for(file(inode).blocks_wanted(0, request.length))) {
    file(inode).reserve(request.length);
  } else {
    request.system_errno = ENOSPC;
    request.code = Errc::disk_full;
  }
}

void SimMachine::stat(IoRequest& request) {
  SimInode inode = names_.find(sim_path(request.path));
  if (inode == kNoInode) {
    request.code = names_.has_directory(sim_path(request.path)) ? Errc::io : Errc::not_found;
    return;
  }
  request.size = request.data_end = file(inode).size();
  request.link_count = names_.links(inode);
}

void SimMachine::copy(IoRequest& request) {
  SimInode source = names_.find(sim_path(request.path));
  if (source == kNoInode) {
    request.code = Errc::not_found;
    return;
  }
  if (!room_for(file(source).held_blocks())) {
    request.system_errno = ENOSPC;
    request.code = Errc::disk_full;
    return;
  }
  SimInode target = new_file();
  request.code = names_.add(sim_path(request.other_path), target);
  if (request.code == Errc::ok) file(target).replace_with(file(source));
}

}  // namespace foreshard
