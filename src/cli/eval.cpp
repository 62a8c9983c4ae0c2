// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/evaluation_subject.h"
#include "cli/output_files.h"
#include "config/places.h"
#include "dataset/dataset.h"
#include "dataset/decoding.h"
#include "evaluation/boundary_picture.h"
#include "evaluation/prediction_picture.h"
#include "evaluation/prediction_writer.h"
#include "evaluation/results.h"
#include "image/color_map.h"
#include "image/png.h"
#include "loader/sample_cache.h"
#include "metrics/confusion_picture.h"
#include "metrics/image_scores.h"
#include "telemetry/progress_line.h"
#include "training/label_check.h"
#include "training/point_settings.h"
#include "training/validation.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kNumWorst = 10, kNumPictured = 2;

struct EvalArguments {
  std::string weights, per_image, worst, confusion_matrix, boundary_picture;
  std::shared_ptr<bool> force;
};

// Pictures of the worst images: 01_NAME.png is the worst. Returns them as the results of the command name them.
Json worst_images(const std::vector<ImageScore>& scores, const std::string& folder, const ReaderSource& source,
                  Protocol& protocol, const ModelCard& card, Console& console) {
  Json list = Json::array();
  TableRows rows = {{"worst images", "mIoU %"}};
  const std::vector<ImageScore> worst = worst_of(scores, kNumWorst);
  for (std::size_t i = 0; i < worst.size(); ++i) {
    const ImageScore& score = worst[i];
    Json entry = {{"image", score.image}, {"miou", score.metrics.miou}, {"picture", nullptr}};
    if (!folder.empty()) {
      const std::filesystem::path picture =
          std::filesystem::path(folder) /
          (padded(static_cast<std::int64_t>(i) + 1, 2) + "_" +
           plain_file_name(std::filesystem::path(score.image).stem().string()) + ".png");
      write_png(picture, prediction_picture(source, protocol, card.palette, std::span(&score.index, 1)));
      entry["picture"] = picture.string();
    }
    rows.push_back({score.image, percent(score.metrics.miou, 2)});
    list.push_back(std::move(entry));
  }
  console.table(rows);
  if (!folder.empty()) console.info("image, label and prediction of the worst: " + folder);
  return list;
}

void write_confusion_matrices(const std::filesystem::path& path, const std::vector<ProtocolResult>& results,
                              const std::vector<std::string>& class_names) {
  std::vector<Image> pictures;
  for (const ProtocolResult& result : results)
    pictures.push_back(
        confusion_picture(result.matrix, class_names, results.size() == 1 ? "" : "protocol " + result.protocol));
  write_png(path, pictures.size() == 1 ? pictures.front() : sheet(pictures, {.columns = 1}));
}

// The first images, by the first protocol; weights with a point head also as the network says without it.
void write_boundary_picture(const std::filesystem::path& path, const Config& config, EvaluationSubject& subject,
                            const ReaderSource& source, Validation& validation, Console& console) {
  std::vector<std::size_t> images(std::min(kNumPictured, source.size()));
  std::iota(images.begin(), images.end(), std::size_t{0});
  Config drawn = config;
  drawn.model.point_rend = true;
  drawn.boundaries.point_source = "boundary";
  const BoundaryPictureOptions options{.points = drawn_points(drawn),
                                       .seed = static_cast<std::uint64_t>(config.run.seed),
                                       .radius = config.boundaries.distance_map_radius};
  const std::vector<Rgb>& palette = subject.settings.card.palette;
  Protocol& usual = validation.first_protocol();
  RunSettings unrefined = subject.settings;
  std::optional<PointHead>& head = unrefined.card.point_head;
  if (!head || head->refinement.steps == 0) {
    write_png(path, boundary_picture(source, usual, nullptr, palette, images, options));
    return;
  }
  head->refinement.steps = 0;
  Validation coarse(config, unrefined, source, subject.parameters, console);
  write_png(path, boundary_picture(source, coarse.first_protocol(), &usual, palette, images, options));
}

std::vector<std::filesystem::path> files_of(const EvalArguments& request) {
  std::vector<std::filesystem::path> files;
  for (const std::string& file : {request.per_image, request.confusion_matrix, request.boundary_picture})
    if (!file.empty()) files.emplace_back(file);
  return files;
}

// Before the work, not after it.
void prepare_places_of(const EvalArguments& request) {
  if (!request.worst.empty()) make_folder(request.worst);
  for (const std::filesystem::path& file : files_of(request)) prepare_place_of(file);
}

void show(const std::vector<ProtocolResult>& results, const std::vector<std::string>& class_names, Console& console) {
  console.table(class_table(results, class_names));
  console.table(boundary_table(results, class_names));
  console.table(overall_table(results));
}

Outcome evaluate_weights(const ResolvedConfig& resolved, const EvalArguments& request, Session& session) {
  const Config& config = resolved.config;
  EvaluationSubject subject = evaluation_subject(resolved, request.weights);
  const Dataset& dataset = *subject.dataset;
  const RunSettings& settings = subject.settings;
  KeptScan kept(config, dataset, {.split = Split::validation}, session.console);
  check_labels({{.dataset = dataset, .split = Split::validation, .kept = &kept}}, settings.card.num_classes,
               session.console);

  SampleCache cache(choose_cache_for_one_pass(cache_request(config.loader, config.dataset.dataset,
                                                            cache_text(config.dataset, dataset.traits()))),
                    session.console, progress_until_stopped(session.console, "tidying the cache"));
  const ReaderSource source = cache.attach(dataset);
  Validation validation(config, settings, source, subject.parameters, session.console);
  prepare_places_of(request);
  std::vector<ImageScore> scores;
  std::optional<ProgressLine> line(std::in_place, session.console, "evaluating",
                                   static_cast<std::size_t>(validation.images_to_see()));
  (void)validation.run(
      [&](std::int64_t images) {
        line->show(static_cast<std::size_t>(images));
        return true;
      },
      [&](std::size_t index, const ImageCounts& counts) {
        scores.push_back(score_of(index, dataset.name(index), counts));
      });
  line.reset();
  const std::vector<ProtocolResult>& results = validation.results();
  show(results, settings.card.class_names, session.console);
  session.console.info(counted(dataset.size(), "image") + " in " + duration_text(validation.last_seconds()));
  if (!request.per_image.empty()) write_scores(request.per_image, scores, settings.card.class_names);
  if (!request.confusion_matrix.empty())
    write_confusion_matrices(request.confusion_matrix, results, settings.card.class_names);
  if (!request.boundary_picture.empty())
    write_boundary_picture(request.boundary_picture, config, subject, source, validation, session.console);
  const Json worst =
      worst_images(scores, request.worst, source, validation.first_protocol(), settings.card, session.console);
  return {{{"protocols", to_json(results)}, {"seconds", validation.last_seconds()}, {"worst", worst}}};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto request = std::make_shared<EvalArguments>();
  app.add_option("--weights", request->weights,
                 "the weights to evaluate: model_final.safetensors, a checkpoint, or a .pth file, also of Python")
      ->required()
      ->type_name("FILE");
  app.add_option("--per-image", request->per_image,
                 "by the first of eval_protocols, a table with a line an image: IoU and F1 of each class, means, …")
      ->type_name("FILE.csv")
      ->check(some_name());
  app.add_option("--confusion-matrix", request->confusion_matrix,
                 "a picture of the confusion matrix: where the pixels of each label went")
      ->type_name("FILE.png")
      ->check(some_name());
  app.add_option(
         "--boundary-picture", request->boundary_picture,
         "a picture of the first two images: image, label, distances to its boundaries, prediction, also without "
         "a point head, and points drawn near boundaries")
      ->type_name("FILE.png")
      ->check(some_name());
  app.add_option(
         "--worst", request->worst,
         "a folder for pictures of the images that the first of eval_protocols finds worst: image, label, prediction")
      ->type_name("DIR")
      ->check(some_name());
  request->force = add_force(app);
  return [config, request](Session& session) {
    if (!request->per_image.empty() && std::filesystem::path(request->per_image).extension() != ".csv")
      fail("--per-image " + request->per_image, "is no name of a table", "a name that ends in .csv");
    for (const auto& [option, file] : {std::pair("--confusion-matrix ", &request->confusion_matrix),
                                       std::pair("--boundary-picture ", &request->boundary_picture)})
      if (!file->empty() && std::filesystem::path(*file).extension() != ".png")
        fail(option + *file, "is no name of a picture", "a name that ends in .png");
    refuse_to_overwrite({.written = files_of(*request), .may_overwrite = *request->force});
    if (!request->worst.empty()) refuse_to_mix_into(request->worst, *request->force);
    const ResolvedConfig resolved = config->load(Purpose::evaluate, session);
    return telling_places(resolved, [&] { return evaluate_weights(resolved, *request, session); });
  };
}

}  // namespace

extern const Command eval_command = {"eval", "evaluate weights on the validation data of a config", declare};

}  // namespace seg
