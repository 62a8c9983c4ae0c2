// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_eval.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/evaluation_subject.h"
#include "config/places.h"
#include "training/bench_eval.h"

namespace seg {

nlohmann::json bench_eval_of(const ConfigArguments& words, const std::string& weights, const BenchLength& length,
                             Session& session) {
  const ResolvedConfig resolved = words.load(Purpose::evaluate, session);
  return telling_places(resolved, [&] {
    EvaluationSubject subject = evaluation_subject(resolved, weights);
    return bench_eval(resolved.config, subject.settings, *subject.dataset, subject.parameters, length, session.console);
  });
}

void show_eval(const nlohmann::json& result, Session& session) {
  std::vector<std::vector<std::string>> rows = {{"protocol", "rules", "images/s", "s", "peak of tensors"}};
  for (const auto& [protocol, by_rules] : result.at("protocols").items())
    for (const auto& [rules, figures] : by_rules.items()) {
      const nlohmann::json& peak = figures.at("peak_bytes");
      rows.push_back({protocol, rules, fixed(figures.at("images_per_second").get<double>(), 2),
                      fixed(figures.at("seconds").at("median").get<double>(), 2),
                      peak.is_null() ? "-" : bytes_text(peak.get<std::int64_t>())});
    }
  session.console.table(rows);
}

}  // namespace seg
