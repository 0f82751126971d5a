#!/bin/bash
# test-avx512.sh: runs statically linked programs on an emulated processor that has AVX-512.
#
#     scripts/test-avx512.sh [-t SECONDS] [-k VMLINUZ] [NAME=VALUE]... PROGRAM [ARGUMENT]...
#                            [: [NAME=VALUE]... PROGRAM [ARGUMENT]...]...
#
# Bochs emulates a Skylake-X. It boots a Debian kernel whose only process, compiled below, runs the
# programs one after the other (a lone ":" separates them), so that several share one boot. Standard
# output and error come out here; the status is that of the first program that failed, or 0.
#   -t  limit of the whole run, 600 seconds unless told otherwise; past it the status is 124
#   -k  the kernel to boot; without it Debian's cloud kernel is downloaded, once, to
#       ${XDG_CACHE_HOME:-$HOME/.cache}/losskit, and not installed
# A program sees /proc, /dev, a writable / and the caller's LOSSKIT_* variables; standard input is
# empty. Emulation is slow: a boot takes some 20 seconds, a program hundreds of times its native
# time. Status 2: this machine lacks something; a sentence says what.
#
# Compare results within the emulated machine, as of LOSSKIT_ISA=x86-64-v3 and x86-64-v4, not with
# those of a real one: the f64 FMA of Bochs 2.7 is wrong where 63 bits cancel, and returns 0 for one
# in a thousand of the rounding errors fma(a, b, -(a * b)).
set -eu

fail()
{
    echo "test-avx512.sh: $1" >&2
    exit 2
}

usage="usage: test-avx512.sh [-t SECONDS] [-k VMLINUZ] [NAME=VALUE]... PROGRAM [ARGUMENT]..."
limit=600
kernel=
while getopts t:k: option; do
    case $option in
    t) limit=$OPTARG ;;
    k) kernel=$OPTARG ;;
    *) fail "$usage" ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || fail "$usage"

# ---- what the machine needs to have --------------------------------------------------------------
missing=
need() # package, then a file or command of it
{
    [ -e "$2" ] || command -v "$2" >/dev/null || missing="$missing $1"
}
isolinux=/usr/lib/ISOLINUX/isolinux.bin
ldlinux=/usr/lib/syslinux/modules/bios/ldlinux.c32
bios=/usr/share/bochs/BIOS-bochs-latest
vgabios=/usr/share/vgabios/vgabios.bin
need bochs bochs
term=$(find /usr/lib*/*/bochs /usr/lib/bochs -name libbx_term_gui.so -print -quit 2>/dev/null || :)
need bochs-term "$term"
need bochsbios $bios
need vgabios $vgabios
need xorriso xorriso
need isolinux $isolinux
need syslinux-common $ldlinux
need cpio cpio
need gcc "${CC:-cc}"
[ -z "$missing" ] || fail "on Debian, install these packages first:$missing"

scratch=$(mktemp -d)
bochs=
# shellcheck disable=SC2317 # the trap calls it
cleanup()
{
    [ -z "$bochs" ] || kill -KILL "$bochs" 2>/dev/null || : # it outlives SIGTERM
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---- the kernel ----------------------------------------------------------------------------------
# The cloud kernel: its serial ports need no module, and it probes little hardware. The name carries
# the version, so a newer one in the package lists is a new download.
fetch_kernel()
{
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/losskit package
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
        sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    if [ -z "$package" ]; then # no package lists: an earlier download will do
        kernel=$(find "$cache" -name 'linux-image-*.vmlinuz' 2>/dev/null | sort -V | tail -n 1)
        [ -n "$kernel" ] || fail "apt knows no linux-image-cloud-amd64: name a kernel with -k"
        return
    fi
    kernel=$cache/$package.vmlinuz
    [ ! -s "$kernel" ] || return 0
    mkdir -p "$cache" "$scratch/kernel"
    echo "test-avx512.sh: downloading $package" >&2
    (cd "$scratch/kernel" && apt-get download "$package" >apt.log 2>&1) ||
        fail "$package cannot be downloaded: $(tail -n 1 "$scratch/kernel/apt.log")"
    dpkg-deb --fsys-tarfile "$scratch/kernel/"*.deb |
        tar -xO --wildcards './boot/vmlinuz-*' >"$scratch/vmlinuz"
    # Renamed into place, so that runs side by side never see half a kernel.
    cp "$scratch/vmlinuz" "$kernel.$$" && mv "$kernel.$$" "$kernel"
}
[ -n "$kernel" ] || fetch_kernel
[ -r "$kernel" ] || fail "there is no kernel $kernel"

# ---- the file system: /init, the programs as /program1 ..., and /commands ------------------------
root=$scratch/root
mkdir "$root"
commands=$root/commands
# The words of all commands, each followed by a NUL; /init splits them at ":".
while read -r -d '' setting; do
    case $setting in LOSSKIT_*=*) printf '%s\0' "$setting" ;; esac
done </proc/self/environ >"$root/environment"
count=0
expect=program
for word; do
    case $expect,$word in
    *,:)
        [ $expect = arguments ] || fail "there is no program before \":\""
        expect=program
        ;;
    program,[A-Za-z_]*=*) ;;
    program,*)
        { [ -f "$word" ] && [ -x "$word" ]; } || fail "there is no program $word"
        segments=$(readelf -lW "$word" 2>/dev/null) || fail "$word is not a compiled program"
        case $segments in *INTERP*) fail "$word is not statically linked" ;; esac
        count=$((count + 1))
        cp "$word" "$root/program$count"
        word=/program$count
        expect=arguments
        ;;
    esac
    printf '%s\0' "$word" >>"$commands"
done
[ $expect = arguments ] || fail "there is no program after \":\""

# Standard output has the second serial port to itself, so that it arrives byte for byte. The first
# is for the kernel's complaints, standard error and, last, the line with the status.
cat >"$scratch/init.c" <<'INIT'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static char words[2][1 << 17];

/* Splits the NUL-terminated words of a file; the list ends with NULL. */
static char **read_words(const char *path, char *buffer, size_t size)
{
    static char *lists[2][1 << 12];
    static int used;
    char **list = lists[used++];
    int file = open(path, O_RDONLY);
    ssize_t got = read(file, buffer, size), at = 0;
    for (int n = 0; at < got; at += (ssize_t)strlen(buffer + at) + 1) list[n++] = buffer + at;
    close(file);
    return list;
}

static int open_port(const char *path)
{
    struct termios settings;
    int port = open(path, O_RDWR | O_NOCTTY);
    tcgetattr(port, &settings);
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL;
    cfsetspeed(&settings, B115200);
    tcsetattr(port, TCSANOW, &settings);
    return port;
}

static int run(char **command, char **environment, int out, int err)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        for (; *environment; environment++) putenv(*environment);
        for (; **command != '/'; command++) putenv(*command);
        dup2(open("/dev/null", O_RDONLY), 0);
        dup2(out, 1);
        dup2(err, 2);
        execv(*command, command);
        perror(*command);
        _exit(127);
    }
    while (waitpid(child, &status, 0) != child) {}
    if (WIFSIGNALED(status)) dprintf(err, "%s\n", strsignal(WTERMSIG(status)));
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
    mkdir("/dev", 0755);
    mkdir("/proc", 0755);
    mkdir("/tmp", 01777);
    mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
    mount("proc", "/proc", "proc", 0, NULL);
    int err = open_port("/dev/ttyS0"), out = open_port("/dev/ttyS1");
    char **environment = read_words("/environment", words[0], sizeof words[0]);
    char **word = read_words("/commands", words[1], sizeof words[1]);
    int status = 0;
    dprintf(err, "\n[losskit start]\n");
    while (*word) {
        char **command = word;
        while (*word && strcmp(*word, ":")) word++;
        if (*word) *word++ = NULL;
        int failed = run(command, environment, out, err);
        if (!status) status = failed;
    }
    tcdrain(out);
    dprintf(err, "[losskit status %d]\n", status);
    tcdrain(err);
    /* Bochs ends when this word is written to this port. */
    iopl(3);
    for (const char *c = "Shutdown"; *c; c++) outb((unsigned char)*c, 0x8900);
    for (;;) pause();
}
INIT
"${CC:-cc}" -std=gnu11 -O1 -static -s -o "$root/init" "$scratch/init.c" -w ||
    fail "the first process cannot be compiled: install libc6-dev"

# ---- a bootable CD -------------------------------------------------------------------------------
cd_files=$scratch/cd
mkdir "$cd_files"
cp $isolinux $ldlinux "$cd_files"
cp "$kernel" "$cd_files/vmlinuz"
(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) >"$cd_files/initrd.gz"
# One processor, no measuring of delays, no protection against attacks: all this only takes time.
# tsc_early_khz is the ips of Bochs below. Bochs 2.7 misstates the size of the compacted XSAVE area,
# upon which the kernel would give up AVX; without xsavec and xsaves it uses the standard layout.
options="console=ttyS0,115200 quiet loglevel=2 panic=-1 8250.nr_uarts=2"
options="$options nosmp noapic nolapic acpi=off pci=off lpj=200000 tsc_early_khz=50000 tsc=reliable"
options="$options mitigations=off audit=0 apparmor=0 cryptomgr.notests random.trust_cpu=on"
options="$options clearcpuid=xsavec,xsaves"
cat >"$cd_files/isolinux.cfg" <<EOC
DEFAULT linux
PROMPT 0
LABEL linux
 KERNEL vmlinuz
 APPEND initrd=initrd.gz $options
EOC
xorriso -as mkisofs -quiet -o "$scratch/cd.iso" -b isolinux.bin -c boot.cat -no-emul-boot \
    -boot-load-size 4 -boot-info-table "$cd_files" 2>"$scratch/xorriso.log" ||
    fail "xorriso makes no CD: $(tail -n 1 "$scratch/xorriso.log")"

# ---- the machine ---------------------------------------------------------------------------------
cat >"$scratch/bochsrc" <<EOC
plugin_ctrl: sb16=0, speaker=0, e1000=0, es1370=0, gameport=0, parallel=0
display_library: term
cpu: model=corei7_skylake_x, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
megs: 256
clock: sync=none
romimage: file=$bios
vgaromimage: file=$vgabios
vga: extension=vbe, update_freq=1
ata0-master: type=cdrom, path="$scratch/cd.iso", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev="$scratch/com1"
com2: enabled=1, mode=file, dev="$scratch/com2"
mouse: enabled=0
log: $scratch/bochs.log
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
EOC
: >"$scratch/com1"
: >"$scratch/com2"
# Debian's Bochs stops in its debugger before the first instruction. The display "term" wants to
# know a terminal, but nothing of it shall be seen.
printf 'continue\nquit\n' >"$scratch/debugger"
TERM=vt100 bochs -q -f "$scratch/bochsrc" -rc "$scratch/debugger" </dev/null >/dev/null \
    2>"$scratch/bochs.err" &
bochs=$!
deadline=$((SECONDS + limit))
while kill -0 "$bochs" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do
    sleep 0.2
done
late=no
[ "$SECONDS" -lt "$deadline" ] || late=yes
kill -KILL "$bochs" 2>/dev/null || :
wait "$bochs" 2>/dev/null || :
bochs=

# ---- what came out -------------------------------------------------------------------------------
cat "$scratch/com2"
# What a program wrote last need not end its line.
# shellcheck disable=SC2016 # the $ are sed's
sed -e '1,/^\[losskit start\]/d' -e '${s/\[losskit status [0-9]*\]$//;/^$/d}' "$scratch/com1" >&2
status=$(sed -n '$s/.*\[losskit status \([0-9]*\)\]$/\1/p' "$scratch/com1")
[ -z "$status" ] || exit "$status"
if [ $late = yes ]; then
    echo "test-avx512.sh: not finished after $limit seconds" >&2
    exit 124
fi
echo "test-avx512.sh: the machine stopped; its last words:" >&2
tail -n 5 "$scratch/com1" "$scratch/bochs.log" >&2
exit 2
