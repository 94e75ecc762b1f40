// What a measure comes to: a sample for each repetition, and beside each the samples of its ceilings, taken just before it.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/json.h"

namespace foreshard::bench {

// What the machine gives without the engine, in the figure's unit.
struct Ceiling {
  std::string name;
  std::vector<double> samples = {};
};

// What the figure should reach.
struct Bar {
  enum class Of : uint8_t { share, least, most } of = Of::share;  // of the first ceiling; or the median, at least or at most
  double value = 0;
};

// Something else that was measured on the way.
struct Detail {
  std::string name;
  std::string unit;
  std::vector<double> samples = {};
};

struct Figure {
  std::string group;
  std::string name;   // unique
  std::string title;
  std::string unit;
  bool less_is_better = false;
  std::optional<Bar> bar = {};
  std::vector<std::string> notes = {};  // what was measured how
  std::vector<Ceiling> ceilings = {};   // the first is what the bar is about
  std::vector<double> samples = {};
  std::vector<Detail> details = {};

  Json json() const;
};
using Figures = std::vector<Figure>;

double median(std::vector<double> numbers);

// Takes a sample of each ceiling, then one of the figure; again for each repetition. The first round does not count if
// `warm_up`.
using Sample = std::function<double()>;
void measure(Figure& figure, uint64_t repetitions, bool warm_up, const Sample& sample, const std::vector<Sample>& ceilings);

}  // namespace foreshard::bench
