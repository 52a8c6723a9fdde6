// SPDX-License-Identifier: MIT
/*
 * procfs_net.c -- /proc/PID/net, for programs that look for interfaces and sockets there. It shows
 * a loopback interface without traffic, and no sockets.
 */
#include "fs/procfs/procfs.h"

#define SOCKETS                                                                                      \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout" \
	" inode"
#define SOCKETS6                                                                                   \
	"  sl  local_address                         remote_address                        st"     \
	" tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"

const struct procfs_entry procfs_net_entries[] = {
	PROCFS_TEXT("arp", "IP address       HW type     Flags       HW address            Mask"
			   "     Device\n"),
	PROCFS_TEXT("dev",
		    "Inter-|   Receive                                                |  Transmit\n"
		    " face |bytes    packets errs drop fifo frame compressed multicast|"
		    "bytes    packets errs drop fifo colls carrier compressed\n"
		    "    lo:       0       0    0    0    0     0          0         0"
		    "        0       0    0    0    0     0       0          0\n"),
	PROCFS_TEXT("if_inet6", ""),
	PROCFS_TEXT("raw", SOCKETS " ref pointer drops\n"),
	PROCFS_TEXT("raw6", SOCKETS6 " ref pointer drops\n"),
	PROCFS_TEXT("route",
		    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU"
		    "\tWindow\tIRTT                                                       \n"),
	PROCFS_TEXT("tcp", SOCKETS "                                                     \n"),
	PROCFS_TEXT("tcp6", SOCKETS6 "\n"),
	PROCFS_TEXT("udp", SOCKETS " ref pointer drops             \n"),
	PROCFS_TEXT("udp6", SOCKETS6 " ref pointer drops\n"),
	PROCFS_TEXT("unix", "Num       RefCount Protocol Flags    Type St Inode Path\n"),
	PROCFS_END,
};
