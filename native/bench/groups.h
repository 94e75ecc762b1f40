// The groups of measures; each answers its figures, and throws if what was done turns out to be wrong.
#pragma once
#include "bench/figure.h"
#include "bench/options.h"

namespace foreshard::bench {

Figures bench_append(const Options& options);
Figures bench_commit(const Options& options);
Figures bench_hash(const Options& options);
Figures bench_table(const Options& options);
Figures bench_checkpoint(const Options& options);
Figures bench_replay(const Options& options);

}  // namespace foreshard::bench
