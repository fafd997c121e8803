#include "import/torch/pickle.hpp"

#include <doctest/doctest.h>

#include "alexnet/error.hpp"
#include "import/torch_bytes.hpp"
#include "weights/temp_dir.hpp"

using namespace alexnet;
using namespace alexnet::torch;
using namespace torch_bytes;
using namespace std::string_literals;

namespace {

std::string pickle_error(const std::string& bytes) {
  return message_of<ModelError>([&] { read_pickle(bytes, "a.pth: data.pkl"); });
}

// Returns the value of a pickle of one integer.
std::int64_t integer(const std::string& body) {
  const std::string bytes = pickle(body);
  const Pickle read = read_pickle(bytes, "a");
  const std::int64_t* const value = get<std::int64_t>(read.root);
  REQUIRE(value != nullptr);
  return *value;
}

}  // namespace

TEST_CASE("a pickle's numbers, texts and constants are read as in Python") {
  CHECK(integer("K\xff") == 255);
  CHECK(integer("M\x01\x02") == 0x201);
  CHECK(integer("J\xfe\xff\xff\xff") == -2);
  CHECK(integer("\x8a\x00"s) == 0);
  CHECK(integer("\x8a\x01\xff") == -1);
  CHECK(integer("\x8a\x02\xff\x00"s) == 255);
  CHECK(integer("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80"s) == std::numeric_limits<std::int64_t>::min());
  const std::string bytes =
      pickle(tuple({"G\x3f\xf8\x00\x00\x00\x00\x00\x00"s, "U\x03xyz", text("d\xc3\xa9"), "\x88", "\x89", "N",
                    "]", "}", ")", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01"s}));
  const std::string longer = bytes + "behind";
  const Pickle read = read_pickle(longer, "a");
  CHECK(read.end == bytes.size());
  const Tuple* const items = get<Tuple>(read.root);
  REQUIRE(items != nullptr);
  REQUIRE(items->items.size() == 10);
  CHECK(*get<double>(items->items[0]) == 1.5);
  CHECK(get<Text>(items->items[1])->text == "xyz");
  CHECK(get<Text>(items->items[2])->text == "d\xc3\xa9");
  CHECK(*get<bool>(items->items[3]));
  CHECK_FALSE(*get<bool>(items->items[4]));
  CHECK(get<None>(items->items[5]) != nullptr);
  CHECK(get<List>(items->items[6])->items.empty());
  CHECK(get<Dict>(items->items[7])->items.empty());
  CHECK(get<Tuple>(items->items[8])->items.empty());
  CHECK(get<BigInteger>(items->items[9])->bytes.size() == 9);
}

TEST_CASE("a value in a pickle's memo is shared by all its uses") {
  // d = {}; (d, d) and then d["a"] = 1, by the short and by the long index
  const std::string tied = pickle("}q\x07r\x00\x01\x00\x00j\x00\x01\x00\x00"s + text("a") + "K\x01s\x86");
  const Pickle read = read_pickle(tied, "a");
  const Tuple& both = *get<Tuple>(read.root);
  CHECK(both.items[0] == both.items[1]);
  CHECK(*get<std::int64_t>(find(*get<Dict>(both.items[0]), "a")) == 1);
}

TEST_CASE("the last of equal keys in a pickled dict wins") {
  const std::string bytes = pickle(dict({{"a", "K\x01"}, {"b", "K\x02"}, {"a", "K\x03"}}));
  const Pickle read = read_pickle(bytes, "a");
  CHECK(*get<std::int64_t>(find(*get<Dict>(read.root), "a")) == 3);
  CHECK(find(*get<Dict>(read.root), "c") == nullptr);
}

TEST_CASE("tensors, parameters and ordered dicts are recognised, including those of old files") {
  const std::string of = storage("HalfStorage", "k", 12);
  const std::string t = tensor(of, 2, {2, 3}, {3, 1});
  const std::string parameter =
      global("torch._utils", "_rebuild_parameter") + tuple({t, "\x88", kOrderedDict}) + "R";
  const std::string old = global("torch._utils", "_rebuild_tensor") +
                          tuple({of, whole(2), numbers({2, 3}), numbers({3, 1})}) + "R";
  for (const std::string& body : {t, parameter, old}) {
    const std::string bytes = pickle(body);
    const Pickle read = read_pickle(bytes, "a");
    const Tensor* const found = get<Tensor>(read.root);
    REQUIRE(found != nullptr);
    CHECK(found->storage.key == "k");
    CHECK(found->storage.dtype.name == "F16");
    CHECK(found->storage.count == 12);
    CHECK(found->offset == 2);
    CHECK(found->dims == Dims{2, 3});
    CHECK(found->strides == Dims{3, 1});
  }
  // The form that Python 3 writes, with attributes, and the form of Python 2.
  const std::string three =
      kOrderedDict + "(" + text("a") + "K\x05u" + dict({{"_metadata", kOrderedDict}}) + "b";
  const std::string two = global("collections", "OrderedDict") +
                          "](](U\x01"
                          "aK\x05"
                          "ee\x85R";
  for (const std::string& body : {three, two}) {
    const std::string bytes = pickle(body);
    const Pickle read = read_pickle(bytes, "a");
    REQUIRE(get<Dict>(read.root) != nullptr);
    CHECK(*get<std::int64_t>(find(*get<Dict>(read.root), "a")) == 5);
  }
}

TEST_CASE("a global that a state dict does not need is refused by name and is not executed") {
  const std::string reason =
      ": is not allowed; nothing in the file is run. A file that holds more than weights can be saved as "
      "them: "
      "torch.save(model.state_dict(), \"model.pth\")";
  const auto call = [](const std::string& module, const std::string& name) {
    return pickle(global(module, name) + text("echo hello") + "\x85R");
  };
  CHECK(pickle_error(call("os", "system")) == "a.pth: data.pkl: GLOBAL os.system" + reason);
  CHECK(pickle_error(call("builtins", "eval")) == "a.pth: data.pkl: GLOBAL builtins.eval" + reason);
  CHECK(pickle_error(call("torch", "FloatStorage ")) ==
        "a.pth: data.pkl: GLOBAL torch.FloatStorage " + reason);
  CHECK(pickle_error(call("torch.FloatStorage", "")) ==
        "a.pth: data.pkl: GLOBAL torch.FloatStorage.''" + reason);
  CHECK(pickle_error(call("a\x1b[31m", std::string(5000, 'b'))) ==
        "a.pth: data.pkl: GLOBAL a\\x1b[31m." + std::string(100, 'b') + "..." + reason);
}

TEST_CASE("an unknown opcode is refused") {
  // Python's opcodes that can build objects of any class, and those of other protocols.
  for (const unsigned char op : "ioI\x81\x82\x83\x84\x8b\x8c\x8e\x92\x93\x94\x95\xff"s) {
    constexpr char kHex[] = "0123456789abcdef";
    CHECK(pickle_error(pickle(")" + std::string(1, static_cast<char>(op)))) ==
          "a.pth: data.pkl: opcode 0x"s + kHex[op >> 4] + kHex[op & 15] +
              " at byte 3: is not one that a state dict needs");
  }
  CHECK(pickle_error("\x80\x04N.") == "a.pth: data.pkl: PROTO at byte 0: protocol 4; torch.save writes 2");
  CHECK(pickle_error("N.") == "a.pth: data.pkl: NONE at byte 0: a pickle begins with PROTO");
}

TEST_CASE("a pickle that reads a missing value is refused with the opcode") {
  const auto at2 = [](const std::string& op, const std::string& reason) {
    return "a.pth: data.pkl: " + op + " at byte 2: " + reason;
  };
  const std::string empty = "finds the stack empty";
  CHECK(pickle_error(pickle("\x85")) == at2("TUPLE1", empty));
  CHECK(pickle_error(pickle("\x87")) == at2("TUPLE3", empty));
  CHECK(pickle_error(pickle("R")) == at2("REDUCE", empty));
  CHECK(pickle_error(pickle("Q")) == at2("BINPERSID", empty));
  CHECK(pickle_error(pickle("b")) == at2("BUILD", empty));
  CHECK(pickle_error(pickle("s")) == at2("SETITEM", empty));
  CHECK(pickle_error(pickle("a")) == at2("APPEND", empty));
  CHECK(pickle_error(pickle("q\x01")) == at2("BINPUT", empty));
  CHECK(pickle_error(pickle("t")) == at2("TUPLE", "finds no mark"));
  CHECK(pickle_error(pickle("u")) == at2("SETITEMS", "finds no mark"));
  CHECK(pickle_error(pickle("h\x05")) == at2("BINGET", "the memo has nothing under 5"));
  CHECK(pickle_error(pickle("j\xff\xff\xff\xff")) ==
        at2("LONG_BINGET", "the memo has nothing under 4294967295"));
  CHECK(pickle_error(pickle("N(\x85")) == "a.pth: data.pkl: TUPLE1 at byte 4: finds the stack empty");
  CHECK(pickle_error(pickle("")) == at2("STOP", "leaves 0 values; a pickle is one"));
  CHECK(pickle_error(pickle("NN")) == "a.pth: data.pkl: STOP at byte 4: leaves 2 values; a pickle is one");
  CHECK(pickle_error(pickle("N(")) == "a.pth: data.pkl: STOP at byte 4: leaves 1 values; a pickle is one");
}

TEST_CASE("a pickle that adds items or state to a value of the wrong type is refused") {
  const auto at = [](const char* op, int byte, const char* reason) {
    return "a.pth: data.pkl: " + std::string(op) + " at byte " + std::to_string(byte) + ": " + reason;
  };
  CHECK(pickle_error(pickle("]NNs")) == at("SETITEM", 5, "the value that it sets an item of is no dict"));
  CHECK(pickle_error(pickle("](NNu")) == at("SETITEMS", 6, "the value that it sets an item of is no dict"));
  CHECK(pickle_error(pickle("}(Nu")) == at("SETITEMS", 5, "a key has no value"));
  CHECK(pickle_error(pickle("}Na")) == at("APPEND", 4, "the value that it adds to is no list"));
  CHECK(pickle_error(pickle(")(Ne")) == at("APPENDS", 5, "the value that it adds to is no list"));
  CHECK(pickle_error(pickle("]}b")) == at("BUILD", 4, "the value that it gives a state to is no dict"));
}

TEST_CASE("an invalid call or persistent id is refused") {
  const auto reason = [](const std::string& body) {
    const std::string message = pickle_error(pickle(body));
    return message.substr(message.rfind(": ") + 2);
  };
  CHECK(reason("N)R") == "what is called is not a global");
  CHECK(reason(global("torch", "FloatStorage") + ")R") == "torch.FloatStorage cannot be called");
  CHECK(reason(global("collections", "OrderedDict") + "NR") ==
        "collections.OrderedDict is called without a tuple");
  CHECK(reason(global("collections", "OrderedDict") + "](N\x85"
                                                      "e\x85R") ==
        "an OrderedDict is not made of a list of pairs");
  const std::string v2 = global("torch._utils", "_rebuild_tensor_v2");
  CHECK(reason(v2 + ")R") == "torch._utils._rebuild_tensor_v2 is called with 0 arguments");
  CHECK(reason(v2 + "(NNNNNNtR") == "the first argument is not a storage");
  const std::string of = storage("FloatStorage", "0", 1);
  CHECK(reason(v2 + "(" + of + "NNNNNtR") == "the storage offset is not a whole number");
  CHECK(reason(v2 + "(" + of + "K\0]NNNtR"s) == "the size is not a tuple of whole numbers");
  CHECK(reason(v2 + "(" + of + "K\0)N\x85NNtR"s) == "the stride is not a tuple of whole numbers");
  CHECK(reason(global("torch._utils", "_rebuild_parameter") + "NNN\x87R") == "a parameter is not a tensor");
  CHECK(reason("NQ") == "the persistent id is not that of a storage");
  CHECK(reason(text("0") + "Q") == "the persistent id is not that of a storage");
  CHECK(reason(tuple({text("module"), "N", "N", "N", "N"}) + "Q") ==
        "the persistent id is not that of a storage");
  CHECK(reason(storage("FloatStorage", "0", -1)) == "storage 0 has an element count of -1");
  const std::string type = global("torch", "FloatStorage");
  CHECK(reason(tuple({text("storage"), "N", text("0"), text("cpu"), whole(1)}) + "Q") ==
        "the storage's type is not a global");
  CHECK(reason(
            tuple({text("storage"), global("collections", "OrderedDict"), text("0"), text("cpu"), whole(1)}) +
            "Q") == "collections.OrderedDict is not a storage's type");
  CHECK(reason(tuple({text("storage"), type, whole(0), text("cpu"), whole(1)}) + "Q") ==
        "the storage's key is not a text");
  CHECK(reason(tuple({text("storage"), type, text("0"), text("cpu"), "N"}) + "Q") ==
        "the storage's element count is not a whole number");
  CHECK(reason(tuple({text("storage"), type, text("0"), text("cpu"), whole(1), ")"}) + "Q") ==
        "storage 0 is a view of another one");
}

TEST_CASE("a pickle truncated at any byte is refused") {
  const std::string whole_pickle =
      pickle(dict({{"a", tensor(storage("FloatStorage", "0", 6), 0, {2, 3}, {3, 1})}}));
  REQUIRE(pickle_error(whole_pickle) == "no error");
  for (std::size_t size = 0; size < whole_pickle.size(); ++size) {
    const std::string message = pickle_error(whole_pickle.substr(0, size));
    CAPTURE(message);
    CHECK((message.find("truncated") != std::string::npos));
  }
  CHECK(pickle_error("\x80\x02X\xff\xff\xff\xff"
                     "ab") ==
        "a.pth: data.pkl: BINUNICODE at byte 2: asks for 4294967295 bytes, but the pickle is truncated after "
        "2");
}

TEST_CASE("the reader of pickles accepts any depth and limits the number of opcodes") {
  const std::string deep = pickle(")" + std::string(900'000, '\x85'));
  CHECK(pickle_error(deep) == "no error");
  CHECK(pickle_error(pickle(std::string(900'000, '('))).find("STOP") != std::string::npos);
  const std::string itself = pickle(
      "]q\x01h\x01"
      "a");
  CHECK(pickle_error(itself) == "no error");
  CHECK(pickle_error(pickle(std::string(2'000'000, 'N'))).find("there are more than 1000000 opcodes") !=
        std::string::npos);
}
