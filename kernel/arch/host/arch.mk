# SPDX-License-Identifier: MIT
#
# The architecture of unit tests: bodies in C for what is inline, and nothing to boot. The tests bring the functions of
# the contract that they need (tests/unit/host_arch.c). With ARCH=host all portable files compile, which tests/arch.t
# makes sure of, but there is no kernel to link.
