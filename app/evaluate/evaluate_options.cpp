#include "command_line/commands.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "command_line/options.hpp"
#include "evaluate/evaluate.hpp"

namespace alexnet::app {

void setup_evaluate(CLI::App& command, const Global& global, Command& run) {
  auto options = std::make_shared<EvaluateOptions>();
  command
      .add_option("PATH", options->path,
                  "Folder with a folder per class, list of images, or published validation set")
      ->required();
  command
      .add_option("--images", options->images,
                  "Resolve relative paths of the list here. Default: the folder of the list")
      ->type_name("DIR");
  static const std::map<std::string, ClassOrder> kOrders{{"number", ClassOrder::number},
                                                         {"text", ClassOrder::text}};
  command
      .add_option_function<std::string>(
          "--class-order", [options](const std::string& name) { options->class_order = kOrders.at(name); },
          "Order class folders by number or text (as ImageFolder). Default: number")
      ->check(one_of("class order", {"number", "text"}))
      ->type_name("BY");
  command.add_option("--compare", options->compare, "Evaluate this model too; show what differs")
      ->type_name("MODEL");
  command.add_flag("--per-class", options->every_class, "Show every class instead of the ten best and worst");
  command.add_flag("--json", options->json, "Print the results as one JSON object");
  command
      .add_option("--confusion", options->confusion,
                  "Write the confusion matrix as .csv or .png; may be repeated")
      ->check(has_extension({".csv", ".png"}))
      ->type_name("FILE")
      ->allow_extra_args(false);
  add_reading_options(command, options->run.reading);
  add_model_options(command, options->model);
  add_engine_options(command, options->engine);
  add_batch_size_option(command, options->run.batch_size);
  add_threads_option(command, options->threads);
  add_detail(
      command,
      "A list has a line per image: its path and its class, separated by a tab, or by the first space that a "
      "class follows: 'my cat.jpg 32' is class 32. A class is its id, its label (whole or up to its first "
      "comma), or its index from 0.");
  add_detail(
      command,
      "Folders that are numbers are the indices of classes. A model trained with torchvision's ImageFolder "
      "has their order as text (0, 1, 10, 11, 2): use --class-order text. It also orders folders whose "
      "names the model does not know, if there is one for each class.");
  add_detail(
      command,
      "Validation sets: the folder val of Tiny ImageNet; val.txt or LOC_val_solution.csv of ILSVRC with "
      "--images, or the folder with Data/CLS-LOC/val and Annotations/CLS-LOC/val. The file "
      "ILSVRC2012_validation_ground_truth.txt of the devkit numbers the classes differently and cannot be "
      "read.");
  command.callback([options, &global, &run] {
    run = [options, &global] {
      return with_threads(options->threads, [&] { return run_evaluate(*options, global.color); });
    };
  });
}

}  // namespace alexnet::app
