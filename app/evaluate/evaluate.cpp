#include "evaluate/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "alexnet/analysis.hpp"
#include "alexnet/error.hpp"
#include "batch/run/pipeline.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/file.hpp"
#include "evaluate/confusion_matrix.hpp"
#include "evaluate/evaluate_report.hpp"
#include "evaluate/truth.hpp"
#include "layers/layers.hpp"
#include "network/class_names.hpp"
#include "print/stdout_writer.hpp"
#include "run/exit_status.hpp"
#include "run/overwrite_guard.hpp"
#include "run/progress.hpp"
#include "run/record.hpp"

namespace alexnet::app {
namespace {

// Prints each failed image to standard error, once even if both models failed.
void name_failures(const EvaluateResult& result) {
  for (std::size_t i = 0; i < result.truth.size(); ++i) {
    const Record& first = result.model.records[i];
    const Record& record = first.failed() || !result.other ? first : result.other->records[i];
    if (record.failed()) print_failure(record.path, {*record.stage, record.reason});
  }
}

// Returns the records of all images in the order of the list. A record whose probabilities are NaN counts as
// failed.
std::vector<Record> classify(const PipelineOptions& options, const std::vector<Record>& list,
                             Session& session, const Style& error_style) {
  Progress progress(list.size(), error_style);
  std::vector<Record> records;
  records.reserve(list.size());
  std::size_t taken = 0;
  const NextImage next = [&](const std::stop_token&) {
    return taken < list.size() ? std::optional(list[taken++]) : std::nullopt;
  };
  Pipeline(options, session, progress).run(next, [&](std::vector<Record>& chunk) {
    for (Record& record : chunk) {
      if (!record.failed() && std::isnan(record.predictions.front().probability))
        record.fail(Stage::network, "the probabilities are not numbers");
      records.push_back(record);
    }
  });
  return records;
}

// Throws ModelError unless both models have the same number of classes with the same ids or labels. Labels
// are compared only if both models have them.
void require_same_classes(const Model& first, const Model& second) {
  const auto fail = [&](const std::string& reason) {
    throw ModelError(second.path.string(), "",
                     "cannot be compared with " + first.path.string() + ": " + reason);
  };
  const auto classes = [](const Model& model) { return model.description.layers.back().out.count(); };
  if (classes(first) != classes(second))
    fail("it has " + std::to_string(classes(second)) + " classes, not " + std::to_string(classes(first)));
  if (first.labels.empty() || second.labels.empty()) return;
  for (std::size_t i = 0; i < first.labels.size(); ++i) {
    const Label& a = first.labels[i];
    const Label& b = second.labels[i];
    const bool same = a.id.empty() || b.id.empty() ? a.text == b.text : a.id == b.id;
    if (!same) fail("class " + std::to_string(i) + " is " + in_quotes(b.text) + ", not " + in_quotes(a.text));
  }
}

void write_confusion(const std::string& file, const ModelEvaluation& m) {
  if (file.ends_with(".png")) {
    image::save_png(file, confusion_image(m.evaluation, *m.model, file));
    return;
  }
  AtomicFile csv(file);
  csv.write_all(confusion_csv(m.evaluation, *m.model));
  csv.finish();
}

}  // namespace

int run_evaluate(const EvaluateOptions& options, ColorMode color) {
  OverwriteGuard guard;
  for (const std::string& file : options.confusion)
    guard.add_side_file(file, file.ends_with(".png") ? FileKind::picture : FileKind::matrix);
  guard.check_input(options.path);
  Model model = options.model.open();
  guard.check_input(model, options.model.import);
  const Truth truth = read_truth(options.path, options.images, ClassNames(model), options.class_order);
  for (const std::string& note : truth.notes) print_note(options.path, note);
  for (const Record& image : truth.list) guard.check_input(image.path);
  const auto open = [&](Model opened) {
    Session session(std::move(opened), for_many(options.engine));
    require_classifier(session.model);
    print_notes(session.model, &session.network);
    return session;
  };
  Session session = open(std::move(model));
  std::optional<Session> other;
  if (!options.compare.empty()) {
    ModelChoice choice;  // --preset and similar options apply to the first model only
    choice.model = options.compare;
    other = open(choice.open());
    guard.check_input(other->model);
    require_same_classes(session.model, other->model);
  }

  const Style error_style = style_for(color, error_is_terminal());
  const auto evaluated = [&](const std::string& name, Session& by) {
    std::vector<Record> records = classify(options.run, truth.list, by, error_style);
    Evaluation evaluation(by.network.output_shape().count());
    for (std::size_t i = 0; i < records.size(); ++i) evaluation.add(truth.classes[i], records[i].predictions);
    return ModelEvaluation{name, &by.model, std::move(records), std::move(evaluation)};
  };
  EvaluateResult result{options.path, truth.classes, evaluated(options.model.model, session), std::nullopt};
  if (other) result.other = evaluated(options.compare, *other);
  name_failures(result);
  Output out;
  out.write(options.json ? evaluate_json(result) + "\n"
                         : evaluate_text(result, options.every_class, style_for(color, out.is_terminal())));
  out.flush();
  for (const std::string& file : options.confusion) write_confusion(file, result.model);
  const bool failed =
      result.model.evaluation.failures > 0 || (other && result.other->evaluation.failures > 0);
  return failed ? kImagesFailed : kWell;
}

}  // namespace alexnet::app
