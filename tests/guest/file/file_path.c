// SPDX-License-Identifier: MIT
/* file_path.c -- how paths are walked: slashes, dots, lengths, permissions on the way. */
#include "tap.h"

static ino_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : st.st_ino;
}

TEST(slashes, "many slashes are one; a trailing slash wants a directory")
{
	MUST(mkdir("d", 0755));
	close(tap_file("d/f", "x"));
	CHECK_EQ(inode_of("d///f"), inode_of("d/f"));
	CHECK_EQ(inode_of("./d/./f"), inode_of("d/f"));
	CHECK_EQ(inode_of("d/../d/f"), inode_of("d/f"));
	CHECK_EQ(inode_of("d///"), inode_of("d"));
	CHECK_EQ(inode_of("d/."), inode_of("d"));
	CHECK_EQ(inode_of("//"), inode_of("/"));
	CHECK_EQ(inode_of("/.."), inode_of("/"));
	CHECK_ERR(open("d/f/", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("d/f/.", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("d/f/..", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("d/none/..", O_RDONLY), ENOENT);
}

TEST(name_length, "a name has at most 255 bytes, a path 4095")
{
	static char path[8192];

	memset(path, 'a', 256);
	path[256] = '\0';
	CHECK_ERR(open(path, O_RDWR | O_CREAT, 0600), ENAMETOOLONG);
	CHECK_ERR(access(path, F_OK), ENAMETOOLONG);
	CHECK_ERR(mkdir(path, 0755), ENAMETOOLONG);
	path[255] = '\0';
	CHECK_OK(open(path, O_RDWR | O_CREAT, 0600));
	CHECK_OK(access(path, F_OK));
	for (int i = 0; i < 4096; i++)
		path[i] = i & 1 ? '/' : '.';
	path[4095] = '\0';
	CHECK_OK(access(path, F_OK));
	path[4095] = '/';
	path[4096] = '\0';
	CHECK_ERR(access(path, F_OK), ENAMETOOLONG);
}

TEST(strange_names, "names hold any byte but slash and zero")
{
	static const char *const strange[] = {" ",	"\n",	"\t\r", "\x80\xff", "-rf", "...",
					      "a b\\c", "\x01", "*?[",	"ü",	    NULL};

	for (const char *const *name = strange; *name; name++) {
		close((int)MUST(open(*name, O_RDWR | O_CREAT | O_EXCL, 0600)));
		CHECK_OK(access(*name, F_OK));
		CHECK_OK(unlink(*name));
	}
}

TEST(case_matters, "names differ by case")
{
	close(tap_file("Name", "x"));
	CHECK_ERR(access("name", F_OK), ENOENT);
	CHECK_OK(mkdir("name", 0755));
}

TEST(edge_of_memory,
     "a path that ends right before unmapped memory is read, one that does not is EFAULT")
{
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	close(tap_file("file", "x"));
	MUST(munmap(m + 4096, 4096));
	memcpy(m + 4096 - 5, "file", 5);
	CHECK_OK(access(m + 4096 - 5, F_OK));
	memcpy(m + 4096 - 4, "file", 4);
	CHECK_ERR(access(m + 4096 - 4, F_OK), EFAULT);
	memset(m, '/', 4096);
	CHECK_ERR(access(m, F_OK), ENAMETOOLONG == errno ? ENAMETOOLONG : EFAULT);
}

TEST(not_a_directory, "ENOTDIR when a part on the way is no directory, ENOENT when it is missing")
{
	close(tap_file("f", "x"));
	MUST(symlink("f", "s"));
	CHECK_ERR(access("f/x", F_OK), ENOTDIR);
	CHECK_ERR(access("s/x", F_OK), ENOTDIR);
	CHECK_ERR(access("none/x", F_OK), ENOENT);
	CHECK_ERR(access("/dev/null/x", F_OK), ENOTDIR);
	CHECK_ERR(mkdir("f/x/y", 0755), ENOTDIR);
	CHECK_ERR(open("f/x", O_RDWR | O_CREAT, 0600), ENOTDIR);
}

TEST(moved_under_cwd, "relative paths follow the working directory when it is moved")
{
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	close(tap_file("b/here", "x"));
	MUST(mkdir("a/inner", 0755));
	MUST(chdir("a/inner"));
	MUST(rename("../../a/inner", "../../b/inner"));
	CHECK_OK(access("../here", F_OK));
}

TEST(proc_links, "/proc/self, exe, cwd and root are links to what they name")
{
	char text[4200] = "", cwd[300], pid[16];
	ssize_t got = readlink("/proc/self", text, sizeof(text) - 1);

	SKIP_IF(got < 0, "no /proc/self");
	snprintf(pid, sizeof(pid), "%d", getpid());
	CHECK_STR(text, pid);
	memset(text, 0, sizeof(text));
	CHECK_GE(readlink("/proc/self/exe", text, sizeof(text) - 1), 1);
	if (strcmp(tap_self, "/proc/self/exe"))
		CHECK_STR(text, tap_self);
	memset(text, 0, sizeof(text));
	CHECK_GE(readlink("/proc/self/cwd", text, sizeof(text) - 1), 1);
	CHECK_STR(text, getcwd(cwd, sizeof(cwd)));
	close(tap_file("f", "x"));
	CHECK_OK(access("/proc/self/cwd/f", F_OK));
	memset(text, 0, sizeof(text));
	CHECK_GE(readlink("/proc/self/root", text, sizeof(text) - 1), 1);
	CHECK_STR(text, "/");
}

TEST(proc_files, "/proc files that tools read are there and say what they should")
{
	static const char *const files[] = {
		"/proc/meminfo",   "/proc/uptime",	"/proc/loadavg",      "/proc/stat",
		"/proc/mounts",	   "/proc/version",	"/proc/cpuinfo",      "/proc/filesystems",
		"/proc/self/stat", "/proc/self/status", "/proc/self/cmdline", NULL};
	char text[4096];

	for (const char *const *name = files; *name; name++) {
		int fd = open(*name, O_RDONLY);
		ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

		if (got <= 0)
			FAIL("%s: %s", *name, fd < 0 ? tap_errno_name(errno) : "empty");
		close(fd);
	}
	int fd = (int)MUST(open("/proc/self/cmdline", O_RDONLY));

	memset(text, 0, sizeof(text));
	MUST(read(fd, text, sizeof(text) - 1));
	CHECK_STR(text, tap_argv[0]);
	CHECK_ERR(open("/proc/999999", O_RDONLY), ENOENT);
	CHECK_ERR(mkdir("/proc/x", 0755), ENOENT);
	CHECK_ERR(open("/proc/x", O_RDWR | O_CREAT, 0600), ENOENT);
	CHECK(unlink("/proc/uptime") < 0);
}
