# `cmake --install build --prefix X`: X/bin/segtrain and, in X/lib/segtrain, the libraries of LibTorch that it needs,
# found relative to the program. So X may be moved, or copied whole to a machine that has no LibTorch.
# -DSEG_INSTALL_LIBTORCH=OFF leaves them (0.5 GB) where they are; then the program names LibTorch's present folder.
include(GNUInstallDirs)
option(SEG_INSTALL_LIBTORCH "install LibTorch's libraries beside the program" ON)

file(RELATIVE_PATH beside "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}/segtrain")
set_target_properties(segtrain PROPERTIES INSTALL_RPATH "$ORIGIN/${beside}")
install(TARGETS segtrain RUNTIME_DEPENDENCY_SET segtrain_needs RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
if(SEG_INSTALL_LIBTORCH)
  # What LibTorch brings along (its OpenMP; in a CUDA build also the CUDA run time); not what the system provides.
  install(RUNTIME_DEPENDENCY_SET segtrain_needs
          PRE_EXCLUDE_REGEXES "^ld-linux" POST_EXCLUDE_REGEXES "^/lib" "^/usr/lib"
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/segtrain")
else()
  set_property(TARGET segtrain APPEND PROPERTY INSTALL_RPATH "${SEG_LIBTORCH_ROOT}/lib")
endif()
