//! The preloaded library: stands in for libc's writing and syncing functions.
//!
//! `unsafe` is needed because these are C functions with raw pointers, called by C. Each passes its
//! arguments on to the kernel unchanged (by `syscall`, so there is nothing to look up and nothing
//! to call back into this library); only the watching around it is ours.
#![cfg(target_os = "linux")]
#![expect(
    unsafe_code,
    reason = "it replaces C functions, for a process under test only"
)]

mod watch;

use libc::{c_char, c_int, c_long, c_void, iovec, off_t, size_t, ssize_t};
use watch::Place;

/// The bytes that a vector of buffers holds.
///
/// # Safety
/// `vectors` must point to `count` valid vectors, as POSIX demands of the caller of `writev`.
unsafe fn total(vectors: *const iovec, count: c_int) -> usize {
    let count = usize::try_from(count).unwrap_or(0);
    if vectors.is_null() {
        return 0;
    }
    // SAFETY: the caller promises `count` valid vectors.
    let vectors = unsafe { std::slice::from_raw_parts(vectors, count) };
    vectors.iter().map(|vector| vector.iov_len).sum()
}

/// `write(2)`.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    // SAFETY: the caller's arguments, passed on as they are.
    let call = || unsafe { libc::syscall(libc::SYS_write, fd, bytes, count) };
    watch::writing(fd, Place::Current, count, call) as ssize_t
}

/// `writev(2)`.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, vectors: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's arguments, passed on as they are.
    let call = || unsafe { libc::syscall(libc::SYS_writev, fd, vectors, count) };
    // SAFETY: the caller of `writev` promises valid vectors.
    let bytes = unsafe { total(vectors, count) };
    watch::writing(fd, Place::Current, bytes, call) as ssize_t
}

/// `pwrite(2)`.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    fd: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the caller's arguments, passed on as they are.
    let call = || unsafe { libc::syscall(libc::SYS_pwrite64, fd, bytes, count, offset) };
    watch::writing(fd, Place::At(offset), count, call) as ssize_t
}

/// `pwrite64`, the name of `pwrite` for programs with large-file support.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    fd: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the same function under another name.
    unsafe { pwrite(fd, bytes, count, offset) }
}

/// `pwritev(2)`.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev(
    fd: c_int,
    vectors: *const iovec,
    count: c_int,
    offset: off_t,
) -> ssize_t {
    // The kernel takes the offset in two halves; on 64-bit machines the first holds all of it.
    // SAFETY: the caller's arguments, passed on as they are.
    let call = || unsafe { libc::syscall(libc::SYS_pwritev, fd, vectors, count, offset, 0) };
    // SAFETY: the caller of `pwritev` promises valid vectors.
    let bytes = unsafe { total(vectors, count) };
    watch::writing(fd, Place::At(offset), bytes, call) as ssize_t
}

/// `pwritev64`, the name of `pwritev` for programs with large-file support.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev64(
    fd: c_int,
    vectors: *const iovec,
    count: c_int,
    offset: off_t,
) -> ssize_t {
    // SAFETY: the same function under another name.
    unsafe { pwritev(fd, vectors, count, offset) }
}

/// `ftruncate(2)`.
#[unsafe(no_mangle)]
pub extern "C" fn ftruncate(fd: c_int, length: off_t) -> c_int {
    // SAFETY: no pointers.
    let call = || unsafe { libc::syscall(libc::SYS_ftruncate, fd, length) };
    status(watch::truncating(fd, length, call))
}

/// `ftruncate64`, the name of `ftruncate` for programs with large-file support.
#[unsafe(no_mangle)]
pub extern "C" fn ftruncate64(fd: c_int, length: off_t) -> c_int {
    ftruncate(fd, length)
}

/// `fsync(2)`.
#[unsafe(no_mangle)]
pub extern "C" fn fsync(fd: c_int) -> c_int {
    watch::syncing(fd);
    // SAFETY: no pointers.
    status(unsafe { libc::syscall(libc::SYS_fsync, fd) })
}

/// `fdatasync(2)`.
#[unsafe(no_mangle)]
pub extern "C" fn fdatasync(fd: c_int) -> c_int {
    watch::syncing(fd);
    // SAFETY: no pointers.
    status(unsafe { libc::syscall(libc::SYS_fdatasync, fd) })
}

/// `unlink(2)`.
///
/// # Safety
/// As POSIX says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's argument, passed on as it is.
    let call = || unsafe { libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0) };
    if path.is_null() {
        return status(call());
    }
    // SAFETY: the caller of `unlink` promises a C string.
    let name = unsafe { std::ffi::CStr::from_ptr(path) };
    status(watch::removing(name, call))
}

fn status(result: c_long) -> c_int {
    if result < 0 { -1 } else { 0 }
}
