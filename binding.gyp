# The addon as node-gyp builds it; cmake-js builds the same from native/CMakeLists.txt. Sources: native/sources.txt.
{
  'variables': {
    'constants_ready': '<!(node scripts/generate-constants.mjs)',
    'io_uring_library': '<!(node scripts/native-inputs.mjs io-uring)',
  },
  'targets': [
    {
      'target_name': 'foreshard',
      'sources': ['<!@(node scripts/native-inputs.mjs sources)'],
      'include_dirs': [
        'native',
        '<!@(node scripts/native-inputs.mjs xxhash)',
        '<!(node scripts/native-inputs.mjs node-addon-api)',
      ],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS', 'XXH_INLINE_ALL'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fno-exceptions', '-fno-rtti'],
      'cflags_cc': ['-std=c++20', '-O3', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections'],
      'xcode_settings': {
        'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
        'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
        'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      },
      'conditions': [
        ['OS=="linux"', {
          'ldflags': ['-static-libstdc++', '-Wl,--gc-sections', '-Wl,--exclude-libs,ALL'],
        }],
        ['io_uring_library!=""', {
          'defines': ['FORESHARD_HAS_IO_URING'],
          'libraries': ['<(io_uring_library)'],
        }],
      ],
    },
  ],
}
