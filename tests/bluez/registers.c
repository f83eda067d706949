/*
 * Lets user-mode-linux run on processors whose floating point state is larger than it knows.
 *
 * User-mode-linux up to 6.13 keeps 2696 bytes of that state for each task: everything up to the protection keys
 * (component 9). A host with matrix registers (Intel AMX) has 11008 bytes and takes nothing less in
 * PTRACE_SETREGSET (EFAULT, "ptrace set fp regs failed"). Preloaded into the kernel, this stands before ptrace() and
 * writes what user-mode-linux kept into a state of the host's size, with the components above marked as unused, which
 * they are: a program must ask for them, and the guest's kernel does not pass that on.
 *
 * The kernel is one thread, so the buffer is static.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* More than any processor has today. */
#define LARGEST 65536
/* Where a saved state says which components it has: first field of the header that follows the 512 legacy bytes. */
#define PRESENT 512
/* Components 0 to 9 lie within what user-mode-linux keeps. */
#define KEPT UINT64_C(0x3ff)

static unsigned char whole[LARGEST];

/* Size of the host's state, asked of the traced process; 0 when it cannot be known. */
static size_t host_size(pid_t pid) {
  static size_t size;
  struct iovec all = {whole, sizeof whole};
  if (size == 0 && syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &all) == 0) size = all.iov_len;
  return size;
}

static void widen(const struct iovec *kept, size_t size) {
  uint64_t present;
  memset(whole, 0, size);
  memcpy(whole, kept->iov_base, kept->iov_len);
  memcpy(&present, whole + PRESENT, sizeof present);
  present &= KEPT;
  memcpy(whole + PRESENT, &present, sizeof present);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  pid_t pid = va_arg(arguments, pid_t);
  uintptr_t address = (uintptr_t)va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);

  struct iovec wide;
  if (request == PTRACE_SETREGSET && address == NT_X86_XSTATE) {
    const struct iovec *kept = data;
    size_t size = host_size(pid);
    if (kept->iov_len < size && kept->iov_len >= PRESENT + sizeof(uint64_t)) {
      widen(kept, size);
      wide = (struct iovec){whole, size};
      data = &wide;
    }
  }
  /* The system call stores what it peeks; the C function returns it. */
  long peeked = 0;
  int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
  long result = syscall(SYS_ptrace, request, pid, address, peeks ? (void *)&peeked : data);
  if (!peeks || result < 0) return result;
  errno = 0;
  return peeked;
}
