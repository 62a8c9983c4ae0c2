# How our own code is compiled: language, where things lie, build type, warnings, sanitizers, compiler cache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# What the command line leaves open is taken from the environment, else from the folder that `./dev setup` makes.
foreach(name IN ITEMS SEG_LIBTORCH SEG_PYTHON)
  if(NOT ${name} AND DEFINED ENV{${name}})
    set_property(CACHE ${name} PROPERTY VALUE "$ENV{${name}}")
  endif()
endforeach()
set(seg_python "${SEG_PYTHON}")
if(NOT seg_python AND EXISTS "${CMAKE_SOURCE_DIR}/.venv/bin/python")
  set(seg_python "${CMAKE_SOURCE_DIR}/.venv/bin/python")
endif()

get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT multi_config)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(SEG_CCACHE ccache)
  if(SEG_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${SEG_CCACHE}")
  endif()
endif()

add_library(seg_warnings INTERFACE)
target_compile_options(seg_warnings INTERFACE -Wall -Wextra -Wshadow -Wconversion $<$<BOOL:${SEG_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12: overlaps inside its own std::string (GCC bug 105651), and members of a std::optional that
  # are only read where there is a value (80635).
  target_compile_options(seg_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()

if(SEG_SANITIZE)
  if(NOT SEG_SANITIZE MATCHES "^(address|undefined|address,undefined|thread)$")
    message(FATAL_ERROR "SEG_SANITIZE=${SEG_SANITIZE}: use 'address,undefined', 'address', 'undefined' or 'thread'")
  endif()
  add_compile_options(-fsanitize=${SEG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SEG_SANITIZE})
endif()
if(SEG_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
