// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/collect_problems.h"
#include "base/counted.h"
#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output_files.h"
#include "cli/prediction_keys.h"
#include "cli/program.h"
#include "evaluation/class_choice.h"
#include "evaluation/host_image.h"
#include "evaluation/image_files.h"
#include "evaluation/prediction_writer.h"
#include "evaluation/predictor.h"
#include "image/color_map.h"
#include "loader/thread_shares.h"
#include "telemetry/progress_line.h"
#include "training/foreign_card.h"
#include "training/memory_bound.h"
#include "training/out_of_memory.h"
#include "training/point_settings.h"
#include "training/protocols.h"
#include "training/segmenter.h"
#include "training/settings.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct PredictArguments {
  std::string weights, folder, tiles = "auto", protocol = "ss", ids = "train";
  std::vector<std::string> words;  // images and folders, and KEY=VALUE
  std::vector<std::string> probabilities, thresholds;
  bool overlay = false;
  std::shared_ptr<bool> force;
};

struct Inputs {
  std::vector<std::string> paths, overrides;
};

Inputs split(const std::vector<std::string>& words) {
  Inputs inputs;
  for (const std::string& word : words) {
    std::error_code ignored;  // a list of colours may be longer than any name of a file
    const bool is_key = word.find('=') != std::string::npos && !fs::exists(word, ignored);
    (is_key ? inputs.overrides : inputs.paths).push_back(word);
  }
  if (inputs.paths.empty()) fail("INPUT", "no image is given", "the paths of images, or of folders with images");
  return inputs;
}

// What the network is, the weight file says; of a foreign one, the keys.
Weights read_described_weights(const std::string& file, const ResolvedConfig& config, const PredictionKeys& keys) {
  FoundWeights found = read_weights(file);
  Weights weights{.card = found.card ? std::move(*found.card) : foreign_card(config, file),
                  .tensors = std::move(found.tensors)};
  if (found.card) check_words(keys, weights.card, file);
  set_refinement(weights.card, config);
  return weights;
}

SegmenterOptions choose_machine(const Config& config) {
  const c10::Device device = choose_device(config.run.device).device;
  set_up_torch(config, share_processors({.usable_processors = usable_processors(),
                                         .computes_on_cpu = device.is_cpu(),
                                         .threads = config.run.threads,
                                         .num_workers = 0})
                           .threads);
  return {.device = device,
          .compute = choose_precision(precision_request(config.precision), device, computes_bf16(device)).compute,
          .passes = config.model.passes};
}

PredictorOptions predictor_options(const PredictArguments& arguments, const ClassList& classes) {
  PredictorOptions options{.tiles = parse_tiles(arguments.tiles, "--tile")};
  options.tiles.memory_bytes = usable_memory_bytes() / 2;
  for (const std::string& text : arguments.probabilities) {
    const std::int64_t class_id = find_class(text, classes, "--probabilities");
    if (std::ranges::count(options.probability_classes, class_id) == 0) options.probability_classes.push_back(class_id);
  }
  for (const std::string& text : arguments.thresholds) {
    const ClassAndNumber found = find_class_and_probability(text, classes, "--threshold");
    options.thresholds.push_back({.class_id = found.class_id, .probability = found.number});
  }
  return options;
}

// The values of the data set's label files, where NAME.png shall hold them.
std::optional<std::array<std::uint8_t, 256>> label_ids(const std::string& ids, const ModelCard& card,
                                                       const ClassList& classes, Log& log) {
  if (ids == "train") return std::nullopt;
  if (card.label_values.empty())
    fail("--ids dataset", "the weight file does not say which values its data set's label files have",
         "--ids train, the classes' numbers as the network was trained");
  std::array<std::uint8_t, 256> result{};
  std::vector<std::string> choices;
  for (std::size_t k = 0; k < card.label_values.size(); ++k) {
    const std::vector<std::int64_t>& values = card.label_values[k];
    const std::string name = class_name(static_cast<std::int64_t>(k), classes);
    if (values.empty()) fail("--ids dataset", "no value of the label files stands for " + name, "--ids train");
    result[k] = static_cast<std::uint8_t>(values.front());
    if (values.size() > 1) choices.push_back(name + " is " + std::to_string(values.front()));
  }
  if (!choices.empty())
    log.info("of several values that stood for a class, the smallest is written: " + joined(choices, ", "));
  return result;
}

PredictionWriter make_writer(const PredictArguments& arguments, const ModelCard& card, const PredictorOptions& options,
                             const ClassList& classes, Log& log) {
  PredictionWriterOptions writer{.folder = arguments.folder,
                                 .palette = card.palette,
                                 .has_overlay = arguments.overlay,
                                 .label_ids = label_ids(arguments.ids, card, classes, log)};
  const std::vector<Rgb> more = default_palette(card.num_classes);
  for (std::size_t i = writer.palette.size(); i < more.size(); ++i) writer.palette.push_back(more[i]);
  std::set<std::string> file_names;
  for (const std::int64_t class_id : options.probability_classes) {
    std::string name = class_name(class_id, classes);
    if (!file_names.insert(plain_file_name(name)).second) name += " (class " + std::to_string(class_id) + ")";
    writer.probability_names.push_back(name);
  }
  return PredictionWriter(std::move(writer));
}

// Names of results end in these.
std::vector<std::string> endings_of(const PredictionWriter& writer) {
  std::vector<std::string> endings;
  for (const PredictionFile& file : writer.files_of("x")) endings.push_back(file.path.stem().string().substr(1));
  return endings;
}

void check_outputs(const std::vector<ImageFile>& images, const PredictionWriter& writer,
                   const PredictArguments& arguments) {
  OutputFiles files{.written = {}, .read = {arguments.weights}, .may_overwrite = *arguments.force};
  for (const ImageFile& image : images) {
    files.read.push_back(image.path);
    for (PredictionFile& file : writer.files_of(image.name)) files.written.push_back(std::move(file.path));
  }
  refuse_to_overwrite(files);
}

struct Results {
  Json files = Json::array();
  std::vector<Problem> problems;
  bool ran_out_of_memory = false;  // of some of them
  double seconds = 0;
};

Problem reading_problem(const ImageFile& file, const std::exception& error) {
  return Problem{file.path.string(), "memory ran out while it was read (" + text_without_backtrace(error) + ")",
                 "a smaller image, parts of it, or " + memory_remedy({})};
}

Problem image_problem(const ImageFile& file, const Image& image, const PredictArguments& arguments,
                      const std::exception& error) {
  const bool has_tiles = arguments.tiles != "auto" && arguments.tiles != "off";
  const std::string smaller = arguments.protocol != "ss" ? "a smaller eval_crop or smaller eval_scales"
                              : has_tiles                ? "a smaller --tile"
                                                         : "--tile 512x512, which looks at it part by part";
  return Problem{file.path.string(),
                 "memory ran out on this image of " + size_text(image.width(), image.height()) + " (" +
                     text_without_backtrace(error) + ")",
                 smaller + ", or " + memory_remedy({})};
}

// How images are looked at: once, whole or in tiles, or by a protocol that looks several times.
class Looker {
 public:
  Looker(Segmenter& segmenter, const PredictorOptions& options, const Config& config, c10::Device device, Log& log) {
    if (is_of_views(config.evaluation.eval_protocols.front(), config.evaluation))
      protocol_ = std::move(make_protocols(config, segmenter.card(), segmenter.network(), device, log).front());
    else
      predictor_.emplace(segmenter.single_scale(), options);
  }

  Prediction look_at(const Image& image) {
    return predictor_ ? predictor_->predict(image) : Prediction{.labels = classes_of(*protocol_, image)};
  }

 private:
  std::unique_ptr<Protocol> protocol_;
  std::optional<Predictor> predictor_;
};

// Of several views no map of all classes is held; where they are cut, eval_crop and the memory say.
void refuse_wishes_for_one_view(const PredictArguments& arguments, const EvaluationConfig& rules) {
  if (!is_of_views(arguments.protocol, rules)) return;
  std::string wish;
  if (arguments.tiles != "auto") wish = "--tile " + arguments.tiles;
  if (!arguments.probabilities.empty()) wish = "--probabilities";
  if (!arguments.thresholds.empty()) wish = "--threshold";
  if (!wish.empty())
    fail(wish, "is for images that are looked at once: of several views classes alone are kept",
         "leave it out, or --protocol ss without eval_start_shape, _shortside and _longside");
}

// False if memory runs out in the body, which is told then.
template <class Tell, class Body>
bool fits_into_memory(Results& results, const Tell& tell, const Body& body) {
  try {
    body();
    return true;
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    results.problems.push_back(tell(error));
    results.ran_out_of_memory = true;
    return false;
  }
}

Json predict_one(const ImageFile& file, const Image& image, Looker& looker, const PredictionWriter& writer) {
  const Prediction prediction = looker.look_at(image);
  writer.write(file.name, image, prediction);
  Json entry = {{"image", file.path.string()},
                {"height", image.height()},
                {"width", image.width()},
                {"tiles", prediction.num_tiles}};
  for (const PredictionFile& written : writer.files_of(file.name)) {
    if (written.class_name.empty())
      entry[written.kind] = written.path.string();
    else
      entry["probabilities"][written.class_name] = written.path.string();
  }
  return entry;
}

// A file that cannot be read, and one for which there is no memory, is told at the end; what cannot be written ends it.
Results predict_all(const std::vector<ImageFile>& images, const ModelCard& card, Looker& looker,
                    const PredictionWriter& writer, const PredictArguments& arguments, Console& console) {
  const ImageKind kind{.channels = card.in_channels, .type = card.pixels};
  Results results;
  const double start = seconds_now();
  ProgressLine line(console, "predicting", images.size());
  Image image;
  for (const ImageFile& file : images) {
    line.show(results.files.size() + results.problems.size());
    bool is_read = false;
    const bool fits = fits_into_memory(
        results, [&](const std::exception& error) { return reading_problem(file, error); },
        [&] { is_read = collect_problems(results.problems, [&] { read_image(file.path, kind, image); }); });
    if (!fits) image = Image();  // what it holds of the one that was too large
    if (!is_read) continue;
    (void)fits_into_memory(
        results, [&](const std::exception& error) { return image_problem(file, image, arguments, error); },
        [&] { results.files.push_back(predict_one(file, image, looker, writer)); });
  }
  results.seconds = seconds_now() - start;
  return results;
}

Outcome predict(const PredictArguments& arguments, Session& session) {
  const Inputs inputs = split(arguments.words);
  const PredictionKeys keys{.words = inputs.overrides, .protocol = arguments.protocol};
  const ResolvedConfig config = prediction_config(keys, session.console);
  const Weights weights = read_described_weights(arguments.weights, config, keys);
  const Config looking = looking_config(keys, weights.card, session.console);
  refuse_wishes_for_one_view(arguments, looking.evaluation);
  const SegmenterOptions machine = choose_machine(config.config);
  Segmenter segmenter(arguments.weights, weights, machine);
  const ModelCard& card = segmenter.card();
  const ClassList classes{.count = card.num_classes, .names = card.class_names};
  const PredictorOptions options = predictor_options(arguments, classes);
  const PredictionWriter writer = make_writer(arguments, card, options, classes, session.console);
  const ImageFiles found =
      find_image_files({.inputs = inputs.paths, .results = arguments.folder, .endings = endings_of(writer)});
  if (found.files.empty()) fail(joined(inputs.paths, ", "), "holds no images", "a folder with images, or their paths");
  check_outputs(found.files, writer, arguments);
  make_folder(arguments.folder);
  if (found.num_passed_over > 0)
    session.console.info("passed over " + counted(found.num_passed_over, "file") +
                         (found.num_passed_over == 1 ? " that is no image" : " that are no images"));

  Looker looker(segmenter, options, looking, machine.device, session.console);
  const Results results = predict_all(found.files, card, looker, writer, arguments, session.console);
  const std::size_t num_done = results.files.size();
  const double rate = static_cast<double>(num_done) / std::max(results.seconds, 1e-9);
  const std::string by_protocol = arguments.protocol == "ss" ? "" : " by " + arguments.protocol;
  session.console.info("predicted " + counted(num_done, "image") + by_protocol + " (" + fixed(rate, 1) +
                       " images/s); in " + arguments.folder +
                       ": NAME.png holds class numbers, NAME_color.png their colours" +
                       (arguments.overlay ? ", NAME_overlay.png both image and colours" : ""));
  if (!results.problems.empty())
    session.console.warning(counted(results.problems.size(), "image") + " could not be used:");
  Json problems = Json::array();
  for (const Problem& problem : results.problems)
    problems.push_back({{"where", problem.where}, {"what", problem.what}, {"try", problem.remedy}});
  return {.result = {{"out", arguments.folder},
                     {"protocol", arguments.protocol},
                     {"images", num_done},
                     {"files", results.files},
                     {"seconds", results.seconds},
                     {"images_per_second", rate},
                     {"problems", problems}},
          .exit_code = results.ran_out_of_memory  ? kExitOutOfMemory
                       : results.problems.empty() ? kExitDone
                                                  : kExitUser,
          .problems = results.problems};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<PredictArguments>();
  app.add_option("WEIGHTS", arguments->weights, "a weight file or checkpoint")->required();
  app.add_option(
         "INPUT", arguments->words,
         "images and folders (with all below them); then device=, threads=, precision=, of protocols eval_scales=, "
         "eval_flip=, eval_crop=, of a point head point_rend_steps=, point_rend_step_points=, and for weights of other "
         "programs model_type=, n_cats= or dataset=, mean=, std=")
      ->required()
      ->type_name("... [KEY=VALUE ...]");
  app.add_option("--out", arguments->folder, "the folder for the results")->required()->type_name("DIR");
  arguments->force = add_force(app);
  app.add_flag("--overlay", arguments->overlay, "also each image with the colours laid over it");
  app.add_option("--tile", arguments->tiles,
                 "auto: tiles where the whole image would take more than half of the free memory; off; or their size")
      ->type_name("auto|HxW|off")
      ->capture_default_str();
  app.add_option(
         "--protocol", arguments->protocol,
         "how images are looked at: ss: whole, at their own size; ssc: windows; msf: scales and flips; mscf: all "
         "of these")
      ->check(CLI::IsMember({"ss", "ssc", "msf", "mscf"}))
      ->capture_default_str();
  app.add_option("--ids", arguments->ids, "which numbers stand in NAME.png: classes as trained, or the data set's own")
      ->check(CLI::IsMember({"train", "dataset"}))
      ->capture_default_str();
  app.add_option("--probabilities", arguments->probabilities,
                 "also the probability of this class as a 16-bit image; may be repeated")
      ->type_name("CLASS")
      ->allow_extra_args(false);
  app.add_option("--threshold", arguments->thresholds,
                 "the class wins wherever its probability is at least P; may be repeated")
      ->type_name("CLASS=P")
      ->allow_extra_args(false);
  return [arguments](Session& session) { return predict(*arguments, session); };
}

}  // namespace

extern const Command predict_command = {"predict", "predict images: class numbers, colours, overlays", declare};

}  // namespace seg
