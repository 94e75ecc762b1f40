// bench/figure.h.
#include "bench/figure.h"

#include <algorithm>
#include <cstdio>

namespace foreshard::bench {

namespace {

std::string list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() > 1 ? "," : "") + item;
  return text + "]";
}

std::string numbers(const std::vector<double>& samples) {
  std::vector<std::string> items;
  for (const double sample : samples) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", sample);
    items.emplace_back(text);
  }
  return list(items);
}

Json spread(const std::vector<double>& samples) {
  Json out;
  if (samples.empty()) return out;
  out.field("median", median(samples)).field("least", *std::min_element(samples.begin(), samples.end()))
      .field("greatest", *std::max_element(samples.begin(), samples.end()));
  return out;
}

// Of each pair: the sample, and the ceiling's that was taken just before it.
std::vector<double> shares(const Figure& figure, const Ceiling& ceiling) {
  std::vector<double> out;
  for (size_t i = 0; i < figure.samples.size(); ++i) {
    const double own = figure.samples[i], bare = ceiling.samples[i];
    out.push_back(figure.less_is_better ? bare / own : own / bare);
  }
  return out;
}

Json bar_json(const Bar& bar) {
  static constexpr const char* kOf[] = {"share", "least", "most"};
  return Json().field("of", kOf[static_cast<size_t>(bar.of)]).field("value", bar.value);
}

}  // namespace

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const size_t middle = numbers.size() / 2;
  return numbers.size() % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

Json Figure::json() const {
  std::vector<std::string> bare, more, words;
  for (const Ceiling& ceiling : ceilings)
    bare.push_back(Json().field("name", ceiling.name).raw("samples", numbers(ceiling.samples))
                       .field("spread", spread(ceiling.samples)).field("share", spread(shares(*this, ceiling))).text());
  for (const Detail& detail : details)
    more.push_back(Json().field("name", detail.name).field("unit", detail.unit).raw("samples", numbers(detail.samples))
                       .field("spread", spread(detail.samples)).text());
  for (const std::string& note : notes) words.push_back(Json::quoted(note));
  Json out;
  out.field("group", group).field("name", name).field("title", title).field("unit", unit)
      .field("lessIsBetter", less_is_better);
  if (bar) out.field("bar", bar_json(*bar));
  return out.raw("notes", list(words)).raw("samples", numbers(samples)).field("spread", spread(samples))
      .raw("ceilings", list(bare)).raw("details", list(more));
}

void measure(Figure& figure, uint64_t repetitions, bool warm_up, const Sample& sample, const std::vector<Sample>& ceilings) {
  if (warm_up) {
    for (const Sample& bare : ceilings) bare();
    sample();
    for (Detail& detail : figure.details) detail.samples.clear();
  }
  for (uint64_t repetition = 0; repetition < repetitions; ++repetition) {
    for (size_t i = 0; i < ceilings.size(); ++i) figure.ceilings[i].samples.push_back(ceilings[i]());
    figure.samples.push_back(sample());
    std::fprintf(stderr, "%s: %.4g %s, %.4g of %s\n", figure.name.c_str(), figure.samples.back(), figure.unit.c_str(),
                 shares(figure, figure.ceilings[0]).back(), figure.ceilings[0].name.c_str());
  }
}

}  // namespace foreshard::bench
