// Figures out of what a store says of itself as JSON.
#pragma once
#include <doctest/doctest.h>

#include <string>

namespace foreshard::test {

// The first figure of that name behind the beginning of that object.
inline int number_in(const std::string& report, const std::string& object, const std::string& name) {
  const size_t at = report.find('"' + name + "\":", report.find('"' + object + "\":"));
  REQUIRE(at != std::string::npos);
  return std::stoi(report.substr(at + name.size() + 3));
}

}  // namespace foreshard::test
