// SPDX-License-Identifier: Apache-2.0
// KEY=VALUE of `predict`: of the machine, of how images are looked at, and, for weight files of other programs, of the
// network. What is not given of the second kind, the config says that the weights were trained with.
//
// Pure but for the log. UserErrors name the word.
#pragma once
#include <string>
#include <vector>

#include "base/log.h"
#include "config/resolve.h"
#include "training/model_card.h"

namespace seg {

struct PredictionKeys {
  std::vector<std::string> words;  // as they were given
  std::string protocol = "ss";
};

// The words as a config. UserError for keys that prediction does not depend on, and for those of another protocol.
ResolvedConfig prediction_config(const PredictionKeys& keys, Log& log);

// UserError for words that say again what the weight file says itself, or ask for a head that it lacks.
void check_words(const PredictionKeys& keys, const ModelCard& card, const std::string& file);

// The rules by which the protocol looks at images, of which eval_protocols is the only one: ss by the words alone, the
// others as evaluations of the run did, where the words say nothing.
Config looking_config(const PredictionKeys& keys, const ModelCard& card, Log& log);

}  // namespace seg
