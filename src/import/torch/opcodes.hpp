// The pickle opcodes that the reader supports.
#pragma once

#include <array>
#include <string_view>

namespace alexnet::torch {

// Names follow Python's pickletools.
enum class Op : unsigned char {
  mark = '(',
  stop = '.',
  binint = 'J',
  binint1 = 'K',
  binint2 = 'M',
  none = 'N',
  binpersid = 'Q',
  reduce = 'R',
  short_binstring = 'U',
  binunicode = 'X',
  empty_list = ']',
  append = 'a',
  build = 'b',
  global = 'c',
  appends = 'e',
  binget = 'h',
  long_binget = 'j',
  binput = 'q',
  long_binput = 'r',
  setitem = 's',
  tuple = 't',
  setitems = 'u',
  empty_dict = '}',
  empty_tuple = ')',
  binfloat = 'G',
  proto = 0x80,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  newtrue = 0x88,
  newfalse = 0x89,
  long1 = 0x8A,
};

struct OpName {
  Op op;
  std::string_view name;
};
inline constexpr std::array<OpName, 32> kOpNames{{{Op::mark, "MARK"},
                                                  {Op::stop, "STOP"},
                                                  {Op::binint, "BININT"},
                                                  {Op::binint1, "BININT1"},
                                                  {Op::binint2, "BININT2"},
                                                  {Op::none, "NONE"},
                                                  {Op::binpersid, "BINPERSID"},
                                                  {Op::reduce, "REDUCE"},
                                                  {Op::short_binstring, "SHORT_BINSTRING"},
                                                  {Op::binunicode, "BINUNICODE"},
                                                  {Op::empty_list, "EMPTY_LIST"},
                                                  {Op::append, "APPEND"},
                                                  {Op::build, "BUILD"},
                                                  {Op::global, "GLOBAL"},
                                                  {Op::appends, "APPENDS"},
                                                  {Op::binget, "BINGET"},
                                                  {Op::long_binget, "LONG_BINGET"},
                                                  {Op::binput, "BINPUT"},
                                                  {Op::long_binput, "LONG_BINPUT"},
                                                  {Op::setitem, "SETITEM"},
                                                  {Op::tuple, "TUPLE"},
                                                  {Op::setitems, "SETITEMS"},
                                                  {Op::empty_dict, "EMPTY_DICT"},
                                                  {Op::empty_tuple, "EMPTY_TUPLE"},
                                                  {Op::binfloat, "BINFLOAT"},
                                                  {Op::proto, "PROTO"},
                                                  {Op::tuple1, "TUPLE1"},
                                                  {Op::tuple2, "TUPLE2"},
                                                  {Op::tuple3, "TUPLE3"},
                                                  {Op::newtrue, "NEWTRUE"},
                                                  {Op::newfalse, "NEWFALSE"},
                                                  {Op::long1, "LONG1"}}};

}  // namespace alexnet::torch
