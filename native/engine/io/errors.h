// What an errno means to the engine: only what callers treat apart has a code of its own; the rest is `io`.
#pragma once
#include <cerrno>

#include "engine/base/status.h"

namespace foreshard {

inline Errc errc_of_errno(int system_errno) {
  switch (system_errno) {
    case 0: return Errc::ok;
    case ENOENT:
    case ENOTDIR: return Errc::not_found;
    case EEXIST: return Errc::exists;
    case ENOSPC:
    case EDQUOT: return Errc::disk_full;
    case EXDEV:
    case EOPNOTSUPP:
    case ENOSYS: return Errc::unsupported;
    case ECANCELED: return Errc::aborted;
    default: return Errc::io;
  }
}

}  // namespace foreshard
