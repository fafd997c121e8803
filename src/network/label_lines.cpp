// Labels in lines: plain, with columns for the index and the WordNet id, or CSV with a header.
#include "network/label_file.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <set>

#include "alexnet/error.hpp"
#include "core/ascii.hpp"
#include "core/escape_for_terminal.hpp"
#include "core/is_one_of.hpp"

namespace alexnet {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kDelimiters = ",;\t";

// Returns the lines without their ends and without blank lines at the end.
Texts lines_of(std::string_view text, const std::string& file) {
  Texts lines;
  std::size_t blank = 0;  // blank lines since the last label
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (trimmed(line, kBlank).empty()) {
      ++blank;
      continue;
    }
    if (blank > 0)
      throw ModelError(file, "line " + std::to_string(lines.size() + 1), "is empty; each line names a class");
    lines.emplace_back(line);
  }
  return lines;
}

// Returns the position of the quote that ends the field whose first character is a quote, or npos.
std::size_t closing_quote(std::string_view field) {
  std::size_t at = field.find('"', 1);
  while (at != std::string_view::npos && field.substr(at + 1).starts_with('"')) at = field.find('"', at + 2);
  return at;
}

// Returns a field of CSV without its quotes, if it has them.
std::string unquoted(std::string_view field) {
  field = trimmed(field, kBlank);
  if (!field.starts_with('"') || closing_quote(field) != field.size() - 1) return std::string(field);
  std::string text;
  for (std::size_t i = 1; i + 1 < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"') ++i;  // a doubled quote
  }
  return text;
}

// Splits a line of CSV at the delimiter, except between quotes.
Texts fields_of(std::string_view line, char delimiter) {
  Texts fields;
  for (;;) {
    std::size_t from = 0;
    const std::size_t first = line.find_first_not_of(kBlank);
    if (first != std::string_view::npos && line[first] == '"')
      if (const std::size_t quote = closing_quote(line.substr(first)); quote != std::string_view::npos)
        from = first + quote;
    const std::size_t end = line.find(delimiter, from);
    fields.push_back(unquoted(line.substr(0, end)));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

// A column at the front or at the back of each line, and the rest of the lines.
struct Column {
  Texts fields;
  Texts rest;
};

enum class Side { front, back };

// Splits each line at its first or last delimiter. Returns none if a line has none, or nothing on one side of
// it.
std::optional<Column> take_column(const Texts& lines, Side side, char delimiter) {
  Column column;
  for (const std::string& whole : lines) {
    const std::string_view line = trimmed(whole, kBlank);
    // A field in quotes may contain the delimiter.
    const std::size_t from = side == Side::front && line.starts_with('"') ? closing_quote(line) : 0;
    if (from == std::string_view::npos) return std::nullopt;
    const std::size_t at = side == Side::front ? line.find(delimiter, from) : line.rfind(delimiter);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view field = line.substr(0, at);
    std::string_view rest = line.substr(at + 1);
    if (side == Side::back) std::swap(field, rest);
    column.fields.push_back(unquoted(field));
    column.rest.emplace_back(trimmed(rest, kBlank));
    if (column.fields.back().empty() || column.rest.back().empty()) return std::nullopt;
  }
  return column;
}

struct Indices {
  std::vector<std::size_t> of_lines;  // from 0
  bool in_order = true;
};

// Reads a column of the indices 0 to N - 1 in any order, or 1 to N in this order.
std::optional<Indices> read_indices(const Texts& fields) {
  Indices indices;
  std::vector<bool> seen(fields.size() + 1);
  for (const std::string& field : fields) {
    std::size_t index = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, index);
    if (error != std::errc() || stop != end || index >= seen.size() || seen[index]) return std::nullopt;
    seen[index] = true;
    indices.in_order = indices.in_order && (indices.of_lines.empty() || indices.of_lines.back() + 1 == index);
    indices.of_lines.push_back(index);
  }
  if (fields.empty() || !seen.back()) return fields.empty() ? std::nullopt : std::optional(indices);
  if (!indices.in_order) return std::nullopt;
  for (std::size_t& index : indices.of_lines) --index;
  return indices;
}

bool all_ids(const Texts& fields) { return std::ranges::all_of(fields, is_wordnet_id); }

// Lines of which columns were taken.
struct Table {
  std::string how = "each line is a label";
  Texts rest;
  Texts ids = {};
  std::optional<Indices> indices = {};
  bool certain = false;  // the columns cannot be the beginning or the end of labels
};

std::vector<Label> labels_in(const Table& table) {
  std::vector<Label> labels(table.rest.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Label& label = labels[table.indices ? table.indices->of_lines[i] : i];
    label = table.ids.empty() && !table.indices ? with_id(table.rest[i])
            : table.ids.empty()                 ? with_id(unquoted(table.rest[i]))
                                                : Label{table.ids[i], unquoted(table.rest[i])};
  }
  return labels;
}

// Numbers that are parts of labels ("terminal 0", "terminal 1") leave few different texts. ImageNet's short
// labels contain two pairs of equal ones.
bool mostly_different(const Texts& texts) {
  return std::set<std::string_view>(texts.begin(), texts.end()).size() * 10 >= texts.size() * 9;
}

void read_columns(Table table, std::vector<Table>& found);

// Takes a column of WordNet ids, which nothing else looks like. Returns false if there is none.
bool take_ids(const Table& table, std::vector<Table>& found) {
  for (const char delimiter : {',', ';', '\t', ' '}) {
    for (const Side side : {Side::front, Side::back}) {
      std::optional<Column> column = take_column(table.rest, side, delimiter);
      if (!column || !all_ids(column->fields)) continue;
      Table taken = table;
      taken.how = table.indices ? table.how : "each line has a WordNet id";
      taken.ids = std::move(column->fields);
      taken.rest = std::move(column->rest);
      taken.certain = true;
      read_columns(std::move(taken), found);
      return true;
    }
  }
  return false;
}

// Takes a column of indices. Returns false if there is none.
bool take_indices(const Table& table, Side side, std::vector<Table>& found) {
  for (const char delimiter : {',', ';', '\t', ':', ' '}) {
    if (delimiter == ':' && side == Side::back) continue;
    std::optional<Column> column = take_column(table.rest, side, delimiter);
    if (!column) continue;
    std::optional<Indices> indices = read_indices(column->fields);
    if (!indices || (delimiter == ' ' && !mostly_different(column->rest))) continue;
    Table taken = table;
    taken.how = side == Side::front ? "each line begins with its index" : "each line ends with its index";
    // A space also separates the words of a label. The order of the lines then confirms the indices.
    taken.certain = table.certain || delimiter != ' ' || indices->in_order;
    taken.rest = std::move(column->rest);
    taken.indices = std::move(indices);
    read_columns(std::move(taken), found);
    return true;
  }
  return false;
}

// Takes all columns of indices and ids, and adds each way to do so.
void read_columns(Table table, std::vector<Table>& found) {
  if (table.ids.empty() && take_ids(table, found)) return;
  if (!table.indices) {
    const bool front = take_indices(table, Side::front, found);
    const bool back = take_indices(table, Side::back, found);
    if (front || back) return;
  }
  found.push_back(std::move(table));
}

// ---- CSV with a header
// -------------------------------------------------------------------------------------

bool names_index(const std::string& name) {
  return is_one_of(name, {"", "index", "idx", "id", "class_id", "classid", "class_index", "class_idx",
                          "label_id", "label_index", "label_idx", "target", "number", "no", "unnamed: 0"});
}
bool names_wordnet_id(const std::string& name) {
  return is_one_of(name, {"wnid", "synset", "wordnet", "wordnet_id", "synset_id", "imagenet_id"});
}
bool names_label(const std::string& name) {
  return is_one_of(name, {"label", "name", "class", "class_name", "classname", "label_name", "display_name",
                          "class_label", "category", "category_name", "text"});
}
// Columns that describe a class further.
bool names_other(const std::string& name) {
  return is_one_of(
      name, {"description", "words", "definition", "gloss", "supercategory", "superclass", "mid", "count"});
}

struct Header {
  Texts names;  // in lower case
  char delimiter;
};

// Returns the header if the first line is one: at least two columns, all with known names.
std::optional<Header> read_header(const std::string& line) {
  for (const char delimiter : kDelimiters) {
    Texts names = fields_of(line, delimiter);
    for (std::string& name : names) name = to_lower_ascii(name);
    const auto is_known = [](const std::string& name) {
      return names_index(name) || names_wordnet_id(name) || names_label(name) || names_other(name);
    };
    if (names.size() > 1 && std::ranges::all_of(names, is_known)) return Header{std::move(names), delimiter};
  }
  return std::nullopt;
}

// Returns the columns of the lines. A label at the end may contain the delimiter.
std::vector<Texts> columns_of(const Texts& lines, const Header& header, const std::string& file) {
  std::vector<Texts> columns(header.names.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Texts fields = fields_of(lines[i], header.delimiter);
    if (names_index(header.names.back()) || names_wordnet_id(header.names.back())
            ? fields.size() != columns.size()
            : fields.size() < columns.size())
      throw ModelError(file, "line " + std::to_string(i + 2),
                       "has " + std::to_string(fields.size()) + " fields, but the header has " +
                           std::to_string(columns.size()));
    for (std::size_t f = columns.size(); f < fields.size(); ++f)
      fields[columns.size() - 1] += std::string(header.delimiter == ',' ? ", " : " ") + fields[f];
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].push_back(std::move(fields[c]));
  }
  return columns;
}

// Returns the column of the labels among `texts`, which have neither indices nor WordNet ids.
std::size_t label_column(std::vector<std::size_t> texts, const std::vector<std::size_t>& ids,
                         const Header& header, const std::string& file) {
  if (texts.size() > 1) std::erase_if(texts, [&](std::size_t c) { return names_other(header.names[c]); });
  if (texts.empty() && !ids.empty()) return ids.front();
  if (texts.size() == 1) return texts.front();
  std::string names;
  for (const std::string& name : header.names) names += (names.empty() ? "" : ", ") + in_quotes(name);
  throw ModelError(file, "line 1", "exactly one of the columns " + names + " must have the labels");
}

std::vector<Label> labels_of_csv(const Texts& lines, const Header& header, const std::string& file) {
  const std::vector<Texts> columns = columns_of(lines, header, file);
  std::vector<std::size_t> ids, indices, texts;
  for (std::size_t c = 0; c < columns.size(); ++c)
    (all_ids(columns[c]) ? ids : names_index(header.names[c]) ? indices : texts).push_back(c);
  for (const std::size_t c : indices)
    if (!read_indices(columns[c]))
      throw ModelError(file, "column " + in_quotes(header.names[c]),
                       "does not have the indices 0 to " + std::to_string(lines.size() - 1));
  if (indices.empty() && texts.size() > 1)
    std::ranges::copy_if(texts, std::back_inserter(indices),
                         [&](std::size_t c) { return read_indices(columns[c]).has_value(); });
  std::vector<LabelReading> readings;
  const auto read = [&](std::optional<std::size_t> by) {
    std::vector<std::size_t> others = texts;
    if (by) std::erase(others, *by);
    const std::size_t label = label_column(others, ids, header, file);
    Table table{.rest = columns[label]};
    if (!ids.empty() && label != ids.front()) table.ids = columns[ids.front()];
    if (by) table.indices = read_indices(columns[*by]);
    if (by) table.how = "the column " + in_quotes(header.names[*by]) + " has the indices";
    readings.push_back({table.how, labels_in(table)});
  };
  if (indices.empty()) read(std::nullopt);
  for (const std::size_t by : indices) read(by);
  return labels_of(std::move(readings), file);
}

}  // namespace

std::vector<Label> parse_label_lines(std::string_view text, const std::string& file) {
  Texts lines = lines_of(text, file);
  if (lines.size() > 1) {
    if (const std::optional<Header> header = read_header(lines.front())) {
      lines.erase(lines.begin());
      return labels_of_csv(lines, *header, file);
    }
  }
  const Table plain{.rest = std::move(lines)};
  std::vector<Table> tables;
  if (!plain.rest.empty()) read_columns(plain, tables);
  if (std::ranges::none_of(tables, &Table::certain)) tables.insert(tables.begin(), plain);
  std::vector<LabelReading> readings;
  readings.reserve(tables.size());
  for (const Table& table : tables) readings.push_back({table.how, labels_in(table)});
  return labels_of(std::move(readings), file);
}

}  // namespace alexnet
