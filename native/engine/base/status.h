// Errors as values. A Status is a code of the shared table (native/constants.json) and, where it helps, a sentence of
// context (segment, LSN, path). Nothing in the engine throws.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "engine/base/constants.gen.h"

namespace foreshard {

struct [[nodiscard]] Status {
  Errc code = Errc::ok;
  std::string detail;

  Status() = default;
  Status(Errc error) : code(error) {}
  Status(Errc error, std::string context) : code(error), detail(std::move(context)) {}
  bool ok() const { return code == Errc::ok; }
};

// A value, or why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Status error) : held_(std::move(error)) {}
  Result(Errc error) : held_(Status(error)) {}

  bool ok() const { return std::holds_alternative<T>(held_); }
  T& value() { return std::get<T>(held_); }
  const T& value() const { return std::get<T>(held_); }
  Status status() const { return ok() ? Status() : std::get<Status>(held_); }
  Errc code() const { return ok() ? Errc::ok : std::get<Status>(held_).code; }

 private:
  std::variant<T, Status> held_;
};

}  // namespace foreshard
