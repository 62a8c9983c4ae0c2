// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/support/oracle.h"

#include <ATen/ops/empty.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/environment.h"

namespace seg::testing {
namespace {

namespace fs = std::filesystem;

bool is_older_than_scripts(const fs::path& file, const fs::path& scripts) {
  if (!fs::exists(file)) return true;
  for (const fs::directory_entry& entry : fs::directory_iterator(scripts)) {
    if (entry.path().extension() == ".py" && entry.last_write_time() > fs::last_write_time(file)) return true;
  }
  return false;
}

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

fs::path write_oracle(const std::string& name, const std::string& model) {
  const fs::path scripts = source_folder() / "tests" / "oracles";
  const fs::path file = build_folder() / "oracles" / (name + (model.empty() ? "" : "-") + model + ".bin");
  if (!is_older_than_scripts(file, scripts)) return file;
  fs::create_directories(file.parent_path());
  const std::string command = quoted(python()) + " " + quoted(scripts / (name + ".py")) + " " +
                              (model.empty() ? std::string() : "'" + model + "' ") + quoted(file);
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
  return file;
}

std::map<std::string, at::Tensor> read_tensors(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  const auto read_number = [&] {
    std::int64_t number = 0;
    file.read(reinterpret_cast<char*>(&number), sizeof number);
    return number;
  };
  std::map<std::string, at::Tensor> tensors;
  while (file.peek() != std::ifstream::traits_type::eof()) {
    std::string name(static_cast<std::size_t>(read_number()), ' ');
    file.read(name.data(), static_cast<std::streamsize>(name.size()));
    constexpr at::ScalarType kTypes[] = {at::kFloat, at::kDouble, at::kLong, at::kByte};
    const at::ScalarType type = kTypes[read_number()];
    std::vector<std::int64_t> shape(static_cast<std::size_t>(read_number()));
    for (std::int64_t& extent : shape) extent = read_number();
    at::Tensor tensor = at::empty(shape, at::TensorOptions(type));
    file.read(static_cast<char*>(tensor.mutable_data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
    if (!file) throw std::runtime_error(path.string() + " ends too early");
    tensors.emplace(std::move(name), std::move(tensor));
  }
  return tensors;
}

}  // namespace

const Oracle& Oracle::get(const std::string& name, const std::string& model) {
  static std::map<std::pair<std::string, std::string>, Oracle> known;
  const std::pair key(name, model);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  Oracle oracle;
  oracle.tensors_ = read_tensors(write_oracle(name, model));
  return known.emplace(key, std::move(oracle)).first->second;
}

const at::Tensor& Oracle::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw std::runtime_error("the oracle has no " + name);
  return found->second;
}

bool has_python() { return !python().empty(); }

double relative_error(const at::Tensor& ours, const at::Tensor& expected) {
  const at::Tensor reference = expected.to(at::kDouble);
  const double difference = ours.to(at::kDouble).sub(reference).norm().item<double>();
  const double norm = reference.norm().item<double>();
  return norm == 0.0 ? difference : difference / norm;
}

}  // namespace seg::testing
