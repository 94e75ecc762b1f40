// Blocking file operations for helper threads, the same under RingDisk and PoolDisk. Functions return an errno, 0 for
// none; they go on after short transfers and EINTR, and never repeat a failed flush.
#pragma once
#include <string>

#include "engine/io/disk.h"

namespace foreshard::files {

// Runs a request from request.progress on: to its end, except for flushes and delays. Of a write_durable it does the
// write, of a sync nothing. `open` leaves fd and direct in the request; the others take them from there.
void perform(IoRequest& request);

void set_result(IoRequest& request, int system_errno);

int read_full(int fd, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& done);
int write_full(int fd, uint64_t offset, const uint8_t* data, uint64_t length, uint64_t& done);
int flush(int fd);
// Write and flush, in one command where system and device can.
int write_through(int fd, uint64_t offset, const uint8_t* data, uint64_t length);

// Whether files in this directory (or where it will be made) open with O_DIRECT; tries with one that has no name.
bool directory_permits_direct(const std::string& directory);

}  // namespace foreshard::files
