# Finds libtorch_cpu and libc10 and makes the target LibTorch::torch of them.
#
# Torch's own package configuration is not used: that of a CUDA wheel demands a CUDA toolkit even for a build that uses
# the CPU only. Two imported libraries serve the CPU wheel, the CUDA wheel and the LibTorch archive alike.
# Looks in SEG_LIBTORCH, else asks SEG_PYTHON (or .venv) where its torch lies; torch itself is not imported for that.
# With SEG_CUDA also libtorch_cuda, libc10_cuda and CUDA's run time, whose headers and library come from the wheels of
# NVIDIA that lie beside torch's, or from a toolkit (CUDA_HOME). No compiler of CUDA is needed: all kernels are
# LibTorch's.
# Sets SEG_LIBTORCH_ROOT and SEG_LIBTORCH_VERSION.
set(SEG_LIBTORCH_OLDEST 2.11)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(FATAL_ERROR "${CMAKE_CXX_COMPILER_ID}: what uses LibTorch is built with g++, since another compiler's OpenMP "
                      "would be a second one beside LibTorch's. Set CMAKE_CXX_COMPILER=g++, or -DSEG_TORCH=OFF.")
endif()

if(SEG_LIBTORCH)
  set(SEG_LIBTORCH_ROOT "${SEG_LIBTORCH}")
elseif(seg_python)
  set(where "import importlib.util as u; spec = u.find_spec('torch'); print(spec.origin if spec else '', end='')")
  execute_process(
    COMMAND "${seg_python}" -c "${where}"
    OUTPUT_VARIABLE torch_init COMMAND_ERROR_IS_FATAL ANY)
  cmake_path(GET torch_init PARENT_PATH SEG_LIBTORCH_ROOT)
  if(NOT SEG_LIBTORCH_ROOT)
    message(FATAL_ERROR "LibTorch: ${seg_python} has no torch. Run './dev setup', or set SEG_LIBTORCH (its folder).")
  endif()
else()
  message(FATAL_ERROR "LibTorch: not found. Run './dev setup', or set SEG_LIBTORCH (a LibTorch folder) or "
                      "SEG_PYTHON (a Python with torch). -DSEG_TORCH=OFF builds the data side without it.")
endif()

foreach(file IN ITEMS include/ATen/core/Tensor.h lib/libtorch_cpu.so lib/libc10.so)
  if(NOT EXISTS "${SEG_LIBTORCH_ROOT}/${file}")
    message(FATAL_ERROR "LibTorch: ${SEG_LIBTORCH_ROOT} has no ${file}. "
                        "Set SEG_LIBTORCH to the folder with include/ and lib/.")
  endif()
endforeach()

set(version_header "${SEG_LIBTORCH_ROOT}/include/torch/headeronly/version.h")
if(NOT EXISTS "${version_header}")
  set(version_header "${SEG_LIBTORCH_ROOT}/include/torch/csrc/api/include/torch/version.h")
endif()
set(SEG_LIBTORCH_VERSION)
foreach(part IN ITEMS MAJOR MINOR PATCH)
  file(STRINGS "${version_header}" line REGEX "define TORCH_VERSION_${part} +[0-9]+" LIMIT_COUNT 1)
  string(REGEX MATCH "[0-9]+$" number "${line}")
  list(APPEND SEG_LIBTORCH_VERSION "${number}")
endforeach()
list(JOIN SEG_LIBTORCH_VERSION "." SEG_LIBTORCH_VERSION)
if(SEG_LIBTORCH_VERSION VERSION_LESS SEG_LIBTORCH_OLDEST)
  message(FATAL_ERROR "LibTorch: ${SEG_LIBTORCH_ROOT} is version ${SEG_LIBTORCH_VERSION}; "
                      "${SEG_LIBTORCH_OLDEST} or newer is needed.")
endif()
message(STATUS "LibTorch ${SEG_LIBTORCH_VERSION}: ${SEG_LIBTORCH_ROOT}")

foreach(name IN ITEMS c10 torch_cpu)
  add_library(LibTorch::${name} SHARED IMPORTED)
  set_target_properties(LibTorch::${name} PROPERTIES IMPORTED_LOCATION "${SEG_LIBTORCH_ROOT}/lib/lib${name}.so")
endforeach()
add_library(LibTorch::torch INTERFACE IMPORTED)
target_include_directories(LibTorch::torch SYSTEM INTERFACE
                           "${SEG_LIBTORCH_ROOT}/include" "${SEG_LIBTORCH_ROOT}/include/torch/csrc/api/include")
target_link_libraries(LibTorch::torch INTERFACE LibTorch::torch_cpu LibTorch::c10)
# Some of its headers otherwise bring all operators along: a unit then takes three seconds longer to compile.
target_compile_definitions(LibTorch::torch INTERFACE AT_PER_OPERATOR_HEADERS)

if(SEG_CUDA)
  if(NOT EXISTS "${SEG_LIBTORCH_ROOT}/lib/libtorch_cuda.so")
    message(FATAL_ERROR "SEG_CUDA=ON: ${SEG_LIBTORCH_ROOT} is a build of LibTorch without CUDA. "
                        "'./dev cuda-build' gets one with it; or set SEG_LIBTORCH to its folder, or SEG_CUDA=OFF.")
  endif()
  file(GLOB cuda_wheels "${SEG_LIBTORCH_ROOT}/../nvidia/cu*")
  set(cuda_places ${cuda_wheels} ENV CUDA_HOME ENV CUDA_PATH)
  find_path(SEG_CUDA_INCLUDE cuda_runtime_api.h HINTS ${cuda_places} PATH_SUFFIXES include REQUIRED)
  # In a package of its own (nvidia-cuda-crt, with CUDA 12 nvidia-cuda-nvcc) that torch's wheel does not ask for.
  find_path(SEG_CUDA_CRT_INCLUDE crt/host_defines.h HINTS ${cuda_places} PATH_SUFFIXES include REQUIRED)
  find_library(SEG_CUDART NAMES cudart libcudart.so.13 libcudart.so.12 HINTS ${cuda_places}
               PATH_SUFFIXES lib lib64 REQUIRED)
  foreach(name IN ITEMS c10_cuda cudart)
    add_library(LibTorch::${name} SHARED IMPORTED)
  endforeach()
  set_target_properties(LibTorch::c10_cuda PROPERTIES IMPORTED_LOCATION "${SEG_LIBTORCH_ROOT}/lib/libc10_cuda.so")
  set_target_properties(LibTorch::cudart PROPERTIES IMPORTED_LOCATION "${SEG_CUDART}")
  target_include_directories(LibTorch::torch SYSTEM INTERFACE "${SEG_CUDA_INCLUDE}" "${SEG_CUDA_CRT_INCLUDE}")
  # Kernels announce themselves when their library is loaded, though nobody names anything of it.
  target_link_libraries(
    LibTorch::torch INTERFACE
    "-Wl,--push-state,--no-as-needed,${SEG_LIBTORCH_ROOT}/lib/libtorch_cuda.so,--pop-state"
    LibTorch::c10_cuda LibTorch::cudart)
endif()
