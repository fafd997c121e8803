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

TEST_CASE("a call of a global without a meaning for weights is refused by name and is not executed") {
  const std::string reason =
      ": is not allowed; nothing in the file is run. A file that holds more than weights can be saved as "
      "them: "
      "torch.save(model.state_dict(), \"model.pth\")";
  const auto call_of = [](const std::string& module, const std::string& name) {
    return pickle(global(module, name) + text("echo hello") + "\x85R");
  };
  const std::vector<std::pair<std::string, std::string>> refused{{"os", "system"},
                                                                 {"posix", "system"},
                                                                 {"nt", "system"},
                                                                 {"builtins", "eval"},
                                                                 {"builtins", "exec"},
                                                                 {"builtins", "getattr"},
                                                                 {"__builtin__", "eval"},
                                                                 {"__builtin__", "file"},
                                                                 {"subprocess", "Popen"},
                                                                 {"runpy", "run_path"},
                                                                 {"pickle", "loads"},
                                                                 {"importlib", "import_module"},
                                                                 {"operator", "attrgetter"},
                                                                 {"functools", "reduce"},
                                                                 {"types", "CodeType"},
                                                                 {"torch", "load"},
                                                                 {"torch.hub", "load"},
                                                                 {"numpy", "load"},
                                                                 {"torch.serialization", "load"},
                                                                 {"__main__", "Net"},
                                                                 {"torch.nn.functional", "relu"},
                                                                 {"argparse", "ArgumentParser"}};
  for (const auto& [module, name] : refused) {
    const std::string expected = "a.pth: data.pkl: GLOBAL " + module + "." + name + reason;
    CHECK(pickle_error(call_of(module, name)) == expected);
    CHECK(pickle_error(framed(stack_global(module, name) + ")R", 4)) == expected);
  }
  CHECK(pickle_error(call_of("torch", "FloatStorage ")) ==
        "a.pth: data.pkl: GLOBAL torch.FloatStorage " + reason);
  CHECK(pickle_error(call_of("torch.FloatStorage", "")) ==
        "a.pth: data.pkl: GLOBAL torch.FloatStorage.''" + reason);
  CHECK(pickle_error(call_of("a\x1b[31m", std::string(5000, 'b'))) ==
        "a.pth: data.pkl: GLOBAL a\\x1b[31m." + std::string(100, 'b') + "..." + reason);
  // These are refused without a call, too.
  for (const char* const use : {"", ")\x81", ")}\x92"})
    CHECK(pickle_error(pickle(global("subprocess", "Popen") + use)) ==
          "a.pth: data.pkl: GLOBAL subprocess.Popen" + reason);
}

TEST_CASE("data beside the weights is kept as objects without a meaning, and nothing is constructed") {
  const std::vector<std::pair<std::string, std::string>> opaque{{"argparse", "Namespace"},
                                                                {"builtins", "complex"},
                                                                {"__builtin__", "set"},
                                                                {"collections", "Counter"},
                                                                {"collections", "defaultdict"},
                                                                {"datetime", "datetime"},
                                                                {"datetime", "timedelta"},
                                                                {"pathlib", "PosixPath"},
                                                                {"pathlib._local", "PosixPath"},
                                                                {"pathlib", "WindowsPath"},
                                                                {"numpy", "dtype"},
                                                                {"numpy.core.multiarray", "scalar"},
                                                                {"numpy._core.multiarray", "scalar"},
                                                                {"numpy._core.multiarray", "_reconstruct"},
                                                                {"torch", "device"},
                                                                {"torch", "Size"},
                                                                {"_codecs", "encode"},
                                                                {"decimal", "Decimal"},
                                                                {"functools", "partial"},
                                                                {"torch._utils", "_rebuild_qtensor"}};
  for (const auto& [module, name] : opaque) {
    const std::string bytes = pickle(call(module, name, {text("x"), whole(1)}) + dict({{"a", none()}}) + "b");
    const Pickle read = read_pickle(bytes, "a");
    const Object* const object = get<Object>(read.root);
    REQUIRE(object != nullptr);
    CHECK(object->type.module == module);
    CHECK(object->type.name == name);
    CHECK(get<Tuple>(object->arguments)->items.size() == 2);
    CHECK(get<Dict>(object->state)->items.size() == 1);
  }
  // An object of any other class, with state, items of a dict and of a list.
  for (const std::string& made :
       {object(global("my.net", "Net"), dict({{"a", whole(7)}})),
        stack_global("my.net", "Net") + ")}\x92" + dict({{"a", whole(7)}}) + "b",
        call("copyreg", "_reconstructor", {global("my.net", "Net"), global("builtins", "object"), none()}) +
            dict({{"a", whole(7)}}) + "b"}) {
    const std::string bytes = pickle(made + text("k") + whole(8) + "s(" + whole(1) + "e", 4);
    const Pickle read = read_pickle(bytes, "a");
    const Object* const object = get<Object>(read.root);
    REQUIRE(object != nullptr);
    CHECK(object->type.name == "Net");
    CHECK(*get<std::int64_t>(find(*get<Dict>(object->state), "a")) == 7);
    CHECK(*get<std::int64_t>(find(*dict_of(read.root), "k")) == 8);
  }
  CHECK(pickle_error(pickle(tuple({global("torch.nn.functional", "relu"), global("torch", "float32"),
                                   global("builtins", "list"), global("__main__", "Net")}))) == "no error");
  const auto reason = [](const std::string& body) {
    const std::string message = pickle_error(pickle(body));
    return message.substr(message.rfind(": ") + 2);
  };
  CHECK(reason("N)\x81") == "the class of an object is not a global");
  CHECK(reason(call("copyreg", "_reconstructor", {})) == "copyreg._reconstructor is called without a class");
  CHECK(reason(call("copy_reg", "__newobj__", {none()})) == "the class of an object is not a global");
  CHECK(reason("NN\x93") == "the name of a global is not a text");
}

TEST_CASE("the opcodes of protocols 3 to 5 are read as in Python") {
  const auto value = [](const std::string& bytes) { return read_pickle(bytes, "a"); };
  const std::string u64_of_3 = u64(3);
  const std::string all =
      framed("("s + short_text("ab") + "\x8d" + u64_of_3 + "abc" + "C\x01x" + "B" + u32(2) + "xy" + "\x8e" +
                 u64_of_3 + "xyz" + "\x96" + u64_of_3 + "123" + "T" + u32(2) + "py" + "\x8b" + u32(2) +
                 "\x01\x02" + "\x8f(K\x01K\x02\x90" + "(K\x03\x91" + "N0" + "(NN1" + "K\x04" + "2" + "t",
             5);
  const Pickle read = value(all);
  const std::vector<Value*>& items = get<Tuple>(read.root)->items;
  REQUIRE(items.size() == 12);
  CHECK(get<Text>(items[0])->text == "ab");
  CHECK(get<Text>(items[1])->text == "abc");
  CHECK(get<Bytes>(items[2])->bytes == "x");
  CHECK(get<Bytes>(items[3])->bytes == "xy");
  CHECK(get<Bytes>(items[4])->bytes == "xyz");
  CHECK(get<Bytes>(items[5])->bytes == "123");
  CHECK(get<Text>(items[6])->text == "py");
  CHECK(*get<std::int64_t>(items[7]) == 0x201);
  CHECK(get<List>(items[8])->items.size() == 2);
  CHECK(get<List>(items[9])->items.size() == 1);
  CHECK(items[10] == items[11]);
  // MEMOIZE numbers the values from 0.
  const std::string shared = pickle("(]\x94K\x06\x94h\x00h\x01t"s, 4);
  const Pickle tied = value(shared);
  const std::vector<Value*>& both = get<Tuple>(tied.root)->items;
  CHECK(both[0] == both[2]);
  CHECK(both[1] == both[3]);
  for (const char protocol : {'\3', '\4', '\5'}) CHECK(pickle_error(pickle("N", protocol)) == "no error");
  CHECK(pickle_error("\x80\x04\x95" + u64(1000) + "N.") ==
        "a.pth: data.pkl: FRAME at byte 2: asks for 1000 bytes, but the pickle is truncated after 2");
}

TEST_CASE("an unknown opcode is refused") {
  // Python's opcodes of protocols 0 and 1 that build objects, and those that need a registry or other
  // buffers.
  for (const unsigned char op : "ioI\x82\x83\x84\x97\x98\xff"s) {
    constexpr char kHex[] = "0123456789abcdef";
    CHECK(pickle_error(pickle(")" + std::string(1, static_cast<char>(op)))) ==
          "a.pth: data.pkl: opcode 0x"s + kHex[op >> 4] + kHex[op & 15] +
              " at byte 3: is not one that a state dict needs");
  }
  for (const char protocol : {'\0', '\1', '\6'})
    CHECK(pickle_error("\x80"s + protocol + "N.") == "a.pth: data.pkl: PROTO at byte 0: protocol " +
                                                         std::to_string(protocol) +
                                                         "; torch.save writes 2 to 5");
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
  CHECK(pickle_error(pickle("]}b")) ==
        at("BUILD", 4, "the value that it gives a state to is neither a dict nor an object"));
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

TEST_CASE("tensors of torch 2 are recognised, and views that change the numbers are refused") {
  const auto read = [](const std::string& body) {
    const std::string bytes = pickle(body);
    const Pickle pickle = read_pickle(bytes, "a");
    REQUIRE(get<Tensor>(pickle.root) != nullptr);
    Tensor found = *get<Tensor>(pickle.root);
    found.storage.key = "";  // it points into the bytes
    return found;
  };
  const std::string bytes_of =
      tuple({text("storage"), global("torch.storage", "UntypedStorage"), text("0"), text("cpu"), whole(24)}) +
      "Q";
  const auto v3 = [&](const std::string& dtype, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{bytes_of, whole(1),     numbers({2}),          numbers({1}),
                                       "\x89",   kOrderedDict, global("torch", dtype)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return call("torch._utils", "_rebuild_tensor_v3", arguments);
  };
  CHECK(read(v3("float32")).storage.dtype.name == "F32");
  CHECK(read(v3("float32")).storage.count == 6);
  CHECK(read(v3("bfloat16", {dict({})})).storage.count == 12);
  CHECK(read(v3("float8_e5m2", {none()})).storage.dtype.name == "F8_E5M2");
  const std::string of = storage("BFloat16Storage", "0", 12);
  const auto v2 = [&](const std::string& metadata) {
    return call("torch._utils", "_rebuild_tensor_v2",
                {of, whole(1), numbers({2}), numbers({1}), "\x89", kOrderedDict, metadata});
  };
  CHECK(read(v2(dict({}))).storage.dtype.name == "BF16");
  CHECK(read(v2(dict({{"neg", "\x89"}}))).offset == 1);
  CHECK(read(call("torch._utils", "_rebuild_parameter_with_state",
                  {v2(none()), "\x88", kOrderedDict, dict({{"a", none()}})}))
            .offset == 1);
  CHECK(read(call("torch._tensor", "_rebuild_from_type_v2",
                  {global("torch._utils", "_rebuild_tensor_v2"), global("torch.nn.parameter", "Parameter"),
                   tuple({of, whole(1), numbers({2}), numbers({1}), "\x89", kOrderedDict}), dict({})}))
            .offset == 1);
  const auto reason = [](const std::string& body) {
    const std::string message = pickle_error(pickle(body));
    return message.substr(message.rfind(": ") + 2);
  };
  CHECK(reason(v2(dict({{"neg", "\x88"}}))) == "a tensor is a view with 'neg', which is not read");
  CHECK(reason(v2(dict({{"conj", "\x88"}}))) == "a tensor is a view with 'conj', which is not read");
  CHECK(reason(v2(whole(1))) == "a tensor's metadata is not a dict");
  CHECK(reason(v3("complex64")) == "torch.complex64 is not an element type that is read");
  CHECK(reason(call("torch._utils", "_rebuild_tensor_v3",
                    {storage("FloatStorage", "0", 6), whole(0), numbers({1}), numbers({1}), "\x89",
                     kOrderedDict, global("torch", "float32")})) == "storage 0 is not one of torch.float32");
  CHECK(reason(call("torch._tensor", "_rebuild_from_type_v2",
                    {global("torch._tensor", "_rebuild_from_type_v2"), none(), tuple({}), none()})) ==
        "a tensor of another type is not rebuilt by a function of torch._utils");
  CHECK(reason(call("torch._tensor", "_rebuild_from_type_v2", {})) ==
        "a tensor of another type is not rebuilt from four arguments");
  // A tuple that many tensors share is not copied unless it is short.
  const std::string many = numbers(std::vector<std::int64_t>(66, 1));
  CHECK(reason(call("torch._utils", "_rebuild_tensor", {of, whole(0), many, many})) ==
        "the size has 66 dimensions");
  std::vector<std::pair<std::string, std::string>> items(101, {"a", none()});
  CHECK(reason(v2(dict(items))) == "a tensor's metadata has 101 items");
  CHECK(reason(storage("FloatStorage", std::string(1001, '0'), 1)) == "the storage's key has 1001 bytes");
}

TEST_CASE("a class in the persistent id of a whole module is read as that class") {
  const std::string type =
      tuple({text("module"), global("my", "Net"), text("net.py"), text("class Net")}) + "Q";
  const std::string bytes = pickle(object(type, dict({})));
  const Pickle read = read_pickle(bytes, "a");
  CHECK(get<Object>(read.root)->type.name == "Net");
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
