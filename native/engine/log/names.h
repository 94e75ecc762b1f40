// Every file name of a store is built here and nowhere else.
#pragma once
#include <cinttypes>
#include <cstdio>
#include <string>

namespace foreshard::names {

inline std::string numbered(const char* format, uint64_t number) {
  char text[48];
  std::snprintf(text, sizeof text, format, static_cast<unsigned long long>(number));
  return text;
}

inline std::string join(const std::string& directory, const std::string& name) { return directory + "/" + name; }

// In the store's directory.
inline std::string segment(uint64_t id) { return numbered("%012llu.seg", id); }
inline std::string run(uint64_t id) { return numbered("%012llu.run", id); }
inline std::string manifest(int copy) { return copy == 0 ? "MANIFEST-A" : "MANIFEST-B"; }
inline std::string index_image(uint64_t generation) { return numbered("%012llu.idx", generation); }
inline std::string lock() { return "LOCK"; }
inline std::string reserve() { return "RESERVE"; }
inline std::string first_touches() { return "TOUCHES"; }

// In the fast tier: one file per class, and one generation that is being written.
inline std::string fast_class(uint64_t number) { return numbered("class-%02llu.hot", number); }

// A file under construction; renamed when it is whole and durable. Left-overs are deleted at open.
inline std::string temporary(const std::string& name) { return name + ".tmp"; }

}  // namespace foreshard::names
