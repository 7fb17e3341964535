/*
 * Records, in order, what a process does to the files under one folder (LD_PRELOAD).
 *
 * POWER_ROOT names the folder (resolved, without a slash at its end), POWER_LOG the log. A call is
 * made and logged under one lock, so the order in the log is the order in which the kernel saw the
 * calls. A sync is logged twice, when it begins and when it has returned: what another thread
 * writes in between is not promised by it. What is written to the file POWER_ROOT/acknowledged is
 * a mark in the log. Files that end with -shm are left out: they are rebuilt from nothing.
 *
 * What this recorder cannot follow it logs as '?', and whoever reads the log must refuse it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 4096, LOG_DESCRIPTOR = 4000 };
enum state { FOREIGN, FILE_OF_OURS, FOLDER_OF_OURS, MARKS };
enum { CREATED = 1, TRUNCATED = 2 };

struct __attribute__((packed)) head {
    uint64_t number, file, at;
    uint32_t data_size;
    uint16_t path_size, other_size;
    uint8_t kind, flags;
};

static struct {
    enum state state;
    uint64_t file;
    char *path;
} known[MOST_DESCRIPTORS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_size;
static int log_descriptor = -1;
static pid_t owner;
static uint64_t next_number = 1;

/* The next definition of a function: the one of the C library. */
#define REAL(name)                                         \
    static __typeof__(&name) real;                         \
    if (real == NULL)                                      \
    real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void give_up(const char *why) {
    fprintf(stderr, "recorder: %s\n", why);
    _exit(97);
}

__attribute__((constructor)) static void start(void) {
    const char *folder = getenv("POWER_ROOT"), *log = getenv("POWER_LOG");
    if (folder == NULL || log == NULL || strlen(folder) >= sizeof root)
        return;
    strcpy(root, folder);
    root_size = strlen(root);
    owner = getpid();
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 || syscall(SYS_dup3, descriptor, LOG_DESCRIPTOR, O_CLOEXEC) < 0)
        give_up("the log cannot be made");
    syscall(SYS_close, descriptor);
    log_descriptor = LOG_DESCRIPTOR;
    /* Children would write a log of their own over this one. */
    unsetenv("LD_PRELOAD");
}

static void put(const void *bytes, size_t size) {
    for (const char *next = bytes; size > 0;) {
        long written = syscall(SYS_write, log_descriptor, next, size);
        if (written <= 0)
            give_up("the log cannot be written");
        next += written;
        size -= (size_t)written;
    }
}

/* The lock is held. Returns the number of the entry. */
static uint64_t say(char kind, int flags, uint64_t file, uint64_t at, const char *path,
                    const char *other, const void *data, size_t data_size) {
    struct head head = {next_number++, file, at, (uint32_t)data_size, (uint16_t)strlen(path),
                        (uint16_t)strlen(other), (uint8_t)kind, (uint8_t)flags};
    put(&head, sizeof head);
    put(path, head.path_size);
    put(other, head.other_size);
    put(data, data_size);
    return head.number;
}

static void cannot_follow(const char *what) {
    say('?', 0, 0, 0, what, "", "", 0);
}

static int ends_with(const char *text, const char *end) {
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static int is_recorded(void) {
    return log_descriptor >= 0 && getpid() == owner;
}

/* Returns the path below the root ("" for the root itself), or NULL where it is none of ours. */
static const char *ours(int folder, const char *path, char buffer[PATH_MAX]) {
    if (!is_recorded() || path == NULL)
        return NULL;
    int size;
    if (path[0] == '/')
        size = snprintf(buffer, PATH_MAX, "%s", path);
    else if (folder == AT_FDCWD) {
        char here[PATH_MAX];
        if (getcwd(here, sizeof here) == NULL)
            return NULL;
        size = snprintf(buffer, PATH_MAX, "%s/%s", here, path);
    } else if (folder >= 0 && folder < MOST_DESCRIPTORS && known[folder].state == FOLDER_OF_OURS)
        size = snprintf(buffer, PATH_MAX, "%s/%s%s%s", root, known[folder].path,
                        known[folder].path[0] ? "/" : "", path);
    else
        return NULL;
    if (size >= PATH_MAX || strncmp(buffer, root, root_size) != 0 ||
        (buffer[root_size] != '/' && buffer[root_size] != '\0'))
        return NULL;
    if (strstr(buffer, "/../") || strstr(buffer, "/./") || strstr(buffer, "//") ||
        ends_with(buffer, "/..") || ends_with(buffer, "/."))
        cannot_follow("a path that is not plain");
    return ends_with(buffer, "-shm") ? NULL : buffer + root_size + (buffer[root_size] == '/');
}

static enum state state_of(int descriptor) {
    return is_recorded() && descriptor >= 0 && descriptor < MOST_DESCRIPTORS
               ? known[descriptor].state
               : FOREIGN;
}

static uint64_t number_of(const char *path) {
    struct stat found;
    return lstat(path, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

/* -------- opening and closing -------- */

static void opened(int descriptor, const char *path, int flags, int existed) {
    struct stat found;
    if (descriptor >= MOST_DESCRIPTORS || fstat(descriptor, &found) != 0)
        give_up("too many open files");
    free(known[descriptor].path);
    known[descriptor].path = strdup(path);
    known[descriptor].file = found.st_ino;
    if (S_ISDIR(found.st_mode)) {
        known[descriptor].state = FOLDER_OF_OURS;
        return;
    }
    if (strcmp(path, "acknowledged") == 0) {
        known[descriptor].state = MARKS;
        return;
    }
    known[descriptor].state = FILE_OF_OURS;
    int said = (existed ? 0 : CREATED) | (existed && (flags & O_TRUNC) ? TRUNCATED : 0);
    say('O', said, found.st_ino, (uint64_t)found.st_size, path, "", "", 0);
}

/* `call` is the real call, made with `mode` at hand. */
#define OPENING(name, folder, call)                                   \
    REAL(name);                                                       \
    mode_t mode = 0;                                                  \
    if (flags & (O_CREAT | O_TMPFILE)) {                              \
        va_list rest;                                                 \
        va_start(rest, flags);                                        \
        mode = (mode_t)va_arg(rest, int);                             \
        va_end(rest);                                                 \
    }                                                                 \
    char buffer[PATH_MAX];                                            \
    pthread_mutex_lock(&lock);                                        \
    const char *below = ours(folder, path, buffer);                   \
    int existed = below != NULL && number_of(buffer) != 0;            \
    if (below != NULL && (flags & O_TMPFILE) == O_TMPFILE)            \
        cannot_follow("O_TMPFILE");                                   \
    int descriptor = call;                                            \
    int error = errno;                                                \
    if (below != NULL && descriptor >= 0)                             \
        opened(descriptor, below, flags, existed);                    \
    pthread_mutex_unlock(&lock);                                      \
    errno = error;                                                    \
    return descriptor

int open(const char *path, int flags, ...) { OPENING(open, AT_FDCWD, real(path, flags, mode)); }
int open64(const char *path, int flags, ...) { OPENING(open64, AT_FDCWD, real(path, flags, mode)); }
int openat(int folder, const char *path, int flags, ...) {
    OPENING(openat, folder, real(folder, path, flags, mode));
}
int openat64(int folder, const char *path, int flags, ...) {
    OPENING(openat64, folder, real(folder, path, flags, mode));
}
int creat(const char *path, mode_t mode) { return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int close(int descriptor) {
    REAL(close);
    if (descriptor == log_descriptor && descriptor >= 0)
        return 0;
    if (state_of(descriptor) == FOREIGN)
        return real(descriptor);
    pthread_mutex_lock(&lock);
    known[descriptor].state = FOREIGN;
    int result = real(descriptor);
    pthread_mutex_unlock(&lock);
    return result;
}

/* -------- content -------- */

static void wrote(int descriptor, off_t at, const void *data, ssize_t size) {
    if (known[descriptor].state == MARKS)
        say('A', 0, 0, 0, "", "", data, (size_t)size);
    else
        say('W', 0, known[descriptor].file, (uint64_t)at, "", "", data, (size_t)size);
}

ssize_t write(int descriptor, const void *data, size_t size) {
    REAL(write);
    if (state_of(descriptor) == FOREIGN)
        return real(descriptor, data, size);
    pthread_mutex_lock(&lock);
    ssize_t written = real(descriptor, data, size);
    int error = errno;
    if (written > 0)
        wrote(descriptor, lseek(descriptor, 0, SEEK_CUR) - written, data, written);
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    REAL(writev);
    if (state_of(descriptor) == FOREIGN)
        return real(descriptor, parts, count);
    pthread_mutex_lock(&lock);
    ssize_t written = real(descriptor, parts, count);
    int error = errno;
    if (written > 0) {
        off_t at = lseek(descriptor, 0, SEEK_CUR) - written;
        ssize_t left = written;
        for (int i = 0; i < count && left > 0; i++) {
            ssize_t size = (ssize_t)parts[i].iov_len < left ? (ssize_t)parts[i].iov_len : left;
            wrote(descriptor, at, parts[i].iov_base, size);
            at += size;
            left -= size;
        }
    }
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

#define WRITING_AT(name)                                           \
    REAL(name);                                                    \
    if (state_of(descriptor) == FOREIGN)                           \
        return real(descriptor, data, size, at);                   \
    pthread_mutex_lock(&lock);                                     \
    ssize_t written = real(descriptor, data, size, at);            \
    int error = errno;                                             \
    if (written > 0)                                               \
        wrote(descriptor, at, data, written);                      \
    pthread_mutex_unlock(&lock);                                   \
    errno = error;                                                 \
    return written

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t at) { WRITING_AT(pwrite); }
ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t at) { WRITING_AT(pwrite64); }

/* The kernel copies from one file into another: what it copied is read again from the first. */
static void copied(int target, off_t to, int source, off_t from, ssize_t size) {
    char *data = malloc((size_t)size);
    if (data == NULL || pread(source, data, (size_t)size, from) != size)
        cannot_follow("a copy whose source cannot be read");
    else
        wrote(target, to, data, size);
    free(data);
}

ssize_t sendfile(int target, int source, off_t *from, size_t size) {
    REAL(sendfile);
    if (state_of(target) == FOREIGN)
        return real(target, source, from, size);
    pthread_mutex_lock(&lock);
    off_t begin = from ? *from : lseek(source, 0, SEEK_CUR);
    ssize_t sent = real(target, source, from, size);
    int error = errno;
    if (sent > 0)
        copied(target, lseek(target, 0, SEEK_CUR) - sent, source, begin, sent);
    pthread_mutex_unlock(&lock);
    errno = error;
    return sent;
}
ssize_t sendfile64(int target, int source, off64_t *from, size_t size) {
    return sendfile(target, source, from, size);
}

ssize_t copy_file_range(int source, off64_t *from, int target, off64_t *to, size_t size,
                        unsigned flags) {
    REAL(copy_file_range);
    if (state_of(target) == FOREIGN)
        return real(source, from, target, to, size, flags);
    pthread_mutex_lock(&lock);
    off_t begin = from ? *from : lseek(source, 0, SEEK_CUR);
    off_t into = to ? *to : lseek(target, 0, SEEK_CUR);
    ssize_t sent = real(source, from, target, to, size, flags);
    int error = errno;
    if (sent > 0)
        copied(target, into, source, begin, sent);
    pthread_mutex_unlock(&lock);
    errno = error;
    return sent;
}

#define CUTTING(name)                                                                  \
    REAL(name);                                                                        \
    if (state_of(descriptor) == FOREIGN)                                               \
        return real(descriptor, size);                                                 \
    pthread_mutex_lock(&lock);                                                         \
    int result = real(descriptor, size);                                               \
    int error = errno;                                                                 \
    if (result == 0)                                                                   \
        say('T', 0, known[descriptor].file, (uint64_t)size, "", "", "", 0);            \
    pthread_mutex_unlock(&lock);                                                       \
    errno = error;                                                                     \
    return result

int ftruncate(int descriptor, off_t size) { CUTTING(ftruncate); }
int ftruncate64(int descriptor, off64_t size) { CUTTING(ftruncate64); }

/* -------- syncs: the lock is not held while the disk works -------- */

#define SYNCING(name)                                                                           \
    REAL(name);                                                                                 \
    if (state_of(descriptor) == FOREIGN || state_of(descriptor) == MARKS)                       \
        return real(descriptor);                                                                \
    pthread_mutex_lock(&lock);                                                                  \
    int is_folder = known[descriptor].state == FOLDER_OF_OURS;                                  \
    uint64_t file = known[descriptor].file;                                                     \
    char path[PATH_MAX];                                                                        \
    snprintf(path, sizeof path, "%s", known[descriptor].path);                                  \
    uint64_t begun = say(is_folder ? 'f' : 's', 0, file, 0, path, "", "", 0);                   \
    pthread_mutex_unlock(&lock);                                                                \
    int result = real(descriptor);                                                              \
    int error = errno;                                                                          \
    pthread_mutex_lock(&lock);                                                                  \
    if (result == 0)                                                                            \
        say(is_folder ? 'F' : 'S', 0, file, begun, path, "", "", 0);                            \
    pthread_mutex_unlock(&lock);                                                                \
    errno = error;                                                                              \
    return result

int fsync(int descriptor) { SYNCING(fsync); }
int fdatasync(int descriptor) { SYNCING(fdatasync); }

/* -------- names -------- */

#define NAMING(name, folder, path, call, kind)                                     \
    REAL(name);                                                                    \
    char buffer[PATH_MAX];                                                         \
    pthread_mutex_lock(&lock);                                                     \
    const char *below = ours(folder, path, buffer);                                \
    int result = call;                                                             \
    int error = errno;                                                             \
    if (below != NULL && result == 0)                                              \
        say(kind, 0, 0, 0, below, "", "", 0);                                      \
    pthread_mutex_unlock(&lock);                                                   \
    errno = error;                                                                 \
    return result

int unlink(const char *path) { NAMING(unlink, AT_FDCWD, path, real(path), 'U'); }
int remove(const char *path) { NAMING(remove, AT_FDCWD, path, real(path), 'U'); }
int rmdir(const char *path) { NAMING(rmdir, AT_FDCWD, path, real(path), 'U'); }
int unlinkat(int folder, const char *path, int flags) {
    NAMING(unlinkat, folder, path, real(folder, path, flags), 'U');
}
int mkdir(const char *path, mode_t mode) { NAMING(mkdir, AT_FDCWD, path, real(path, mode), 'D'); }
int mkdirat(int folder, const char *path, mode_t mode) {
    NAMING(mkdirat, folder, path, real(folder, path, mode), 'D');
}

#define PAIRING(name, from_folder, to_folder, call, kind)                          \
    REAL(name);                                                                    \
    char from_buffer[PATH_MAX], to_buffer[PATH_MAX];                               \
    pthread_mutex_lock(&lock);                                                     \
    const char *source = ours(from_folder, from, from_buffer);                     \
    const char *target = ours(to_folder, to, to_buffer);                           \
    struct stat found;                                                             \
    if ((source == NULL) != (target == NULL))                                      \
        cannot_follow("a name that comes from elsewhere or goes there");           \
    if (source && lstat(from_buffer, &found) == 0 && !S_ISREG(found.st_mode))      \
        cannot_follow("a folder that is renamed");                                 \
    int result = call;                                                             \
    int error = errno;                                                             \
    if (source != NULL && target != NULL && result == 0)                           \
        say(kind, 0, 0, 0, source, target, "", 0);                                 \
    pthread_mutex_unlock(&lock);                                                   \
    errno = error;                                                                 \
    return result

int rename(const char *from, const char *to) {
    PAIRING(rename, AT_FDCWD, AT_FDCWD, real(from, to), 'R');
}
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    PAIRING(renameat, from_folder, to_folder, real(from_folder, from, to_folder, to), 'R');
}
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    if (flags != 0 && is_recorded())
        give_up("renameat2 with flags");
    PAIRING(renameat2, from_folder, to_folder, real(from_folder, from, to_folder, to, flags), 'R');
}
int link(const char *from, const char *to) {
    PAIRING(link, AT_FDCWD, AT_FDCWD, real(from, to), 'L');
}
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    PAIRING(linkat, from_folder, to_folder, real(from_folder, from, to_folder, to, flags), 'L');
}

/* -------- what nobody is expected to do -------- */

#define UNEXPECTED(name, is_ours)                        \
    REAL(name);                                          \
    pthread_mutex_lock(&lock);                           \
    if (is_ours)                                         \
        cannot_follow(#name);                            \
    pthread_mutex_unlock(&lock)

void *mmap(void *where, size_t size, int access, int flags, int descriptor, off_t at) {
    UNEXPECTED(mmap, (flags & MAP_SHARED) && state_of(descriptor) != FOREIGN);
    return real(where, size, access, flags, descriptor, at);
}
void *mmap64(void *where, size_t size, int access, int flags, int descriptor, off64_t at) {
    UNEXPECTED(mmap64, (flags & MAP_SHARED) && state_of(descriptor) != FOREIGN);
    return real(where, size, access, flags, descriptor, at);
}
ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t at) {
    UNEXPECTED(pwritev, state_of(descriptor) != FOREIGN);
    return real(descriptor, parts, count, at);
}
ssize_t pwritev64v2(int descriptor, const struct iovec *parts, int count, off64_t at, int flags) {
    UNEXPECTED(pwritev64v2, state_of(descriptor) != FOREIGN);
    return real(descriptor, parts, count, at, flags);
}
int fallocate(int descriptor, int mode, off_t at, off_t size) {
    UNEXPECTED(fallocate, state_of(descriptor) != FOREIGN);
    return real(descriptor, mode, at, size);
}
int posix_fallocate(int descriptor, off_t at, off_t size) {
    UNEXPECTED(posix_fallocate, state_of(descriptor) != FOREIGN);
    return real(descriptor, at, size);
}
int posix_fallocate64(int descriptor, off64_t at, off64_t size) {
    UNEXPECTED(posix_fallocate64, state_of(descriptor) != FOREIGN);
    return real(descriptor, at, size);
}
int truncate(const char *path, off_t size) {
    char buffer[PATH_MAX];
    UNEXPECTED(truncate, ours(AT_FDCWD, path, buffer) != NULL);
    return real(path, size);
}
int truncate64(const char *path, off64_t size) {
    char buffer[PATH_MAX];
    UNEXPECTED(truncate64, ours(AT_FDCWD, path, buffer) != NULL);
    return real(path, size);
}
int symlink(const char *what, const char *path) {
    char buffer[PATH_MAX];
    UNEXPECTED(symlink, ours(AT_FDCWD, path, buffer) != NULL);
    return real(what, path);
}
