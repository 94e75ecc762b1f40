// Trains XGBoost from a file of rows, and predicts those of another one; for the benchmark of trees.
//
// Arguments: the file to train from, the file to predict, where to write the predictions, the number of trees, and parameters as
// name=value. A file of rows: their number and that of the columns (int32), the targets, and the values row by row (float32).
// Prints the seconds that training took, with the binning, its CPU seconds, and the seconds of the prediction.
#include <xgboost/c_api.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace {

void Check(int code) {
  if (code == 0) return;
  std::fprintf(stderr, "%s\n", XGBGetLastError());
  std::exit(1);
}

double Seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Table {
  std::int32_t rows = 0;
  std::int32_t columns = 0;
  std::vector<float> targets;
  std::vector<float> values;
};

Table Read(const char* path) {
  std::ifstream in(path, std::ios::binary);
  Table table;
  in.read(reinterpret_cast<char*>(&table.rows), 4);
  in.read(reinterpret_cast<char*>(&table.columns), 4);
  table.targets.resize(table.rows);
  table.values.resize(static_cast<std::size_t>(table.rows) * table.columns);
  in.read(reinterpret_cast<char*>(table.targets.data()), static_cast<std::streamsize>(table.targets.size() * 4));
  in.read(reinterpret_cast<char*>(table.values.data()), static_cast<std::streamsize>(table.values.size() * 4));
  if (!in) {
    std::fprintf(stderr, "%s is too short\n", path);
    std::exit(1);
  }
  return table;
}

DMatrixHandle MatrixOf(const Table& table) {
  DMatrixHandle matrix = nullptr;
  Check(XGDMatrixCreateFromMat(table.values.data(), table.rows, table.columns, NAN, &matrix));
  Check(XGDMatrixSetFloatInfo(matrix, "label", table.targets.data(), table.targets.size()));
  return matrix;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  const Table grown = Read(arguments[1]);
  const Table held = Read(arguments[2]);
  double begun = Seconds();
  const double begun_cpu = CpuSeconds();
  DMatrixHandle matrix = MatrixOf(grown);
  BoosterHandle booster = nullptr;
  Check(XGBoosterCreate(&matrix, 1, &booster));
  for (int i = 5; i < count; ++i) {
    const char* equals = std::strchr(arguments[i], '=');
    if (equals == nullptr) return 2;
    Check(XGBoosterSetParam(booster, std::string(arguments[i], equals - arguments[i]).c_str(), equals + 1));
  }
  for (int tree = 0; tree < std::atoi(arguments[4]); ++tree) Check(XGBoosterUpdateOneIter(booster, tree, matrix));
  const double trained = Seconds() - begun;
  const double used = CpuSeconds() - begun_cpu;
  DMatrixHandle asked = MatrixOf(held);
  begun = Seconds();
  bst_ulong length = 0;
  const float* answers = nullptr;
  Check(XGBoosterPredict(booster, asked, 0, 0, 0, &length, &answers));
  const double predicted = Seconds() - begun;
  std::ofstream out(arguments[3], std::ios::binary);
  out.write(reinterpret_cast<const char*>(answers), static_cast<std::streamsize>(length * 4));
  std::printf("%.6f %.6f %.6f\n", trained, used, predicted);
  return 0;
}
