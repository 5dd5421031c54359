#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host_rings.h"
#include "packet_socket.h"
#include "packet_sctp.h"
#include "packet_udp.h"

#include "../base/sizes.h"

/* The kernel's header; ours has the number of buffers behind it. */
#define KERNEL_HEADER ((int)sizeof(struct virtio_net_hdr))
#define ADDRESSES (2 * ETH_ALEN)
/* Some dozens of the largest frames, with what the kernel counts around them. */
#define WAITING_BYTES (4 << 20)

struct packet_socket {
	int fd;
	char interface[IFNAMSIZ];
	uint64_t missed;
	struct packet_udp udp; /* the taker's */
};

static bool
turn_on(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

struct packet_socket *
packet_socket_open(void)
{
	struct packet_socket *socket_ = calloc(1, sizeof(*socket_));

	if (!socket_)
		return NULL;
	/* Of no protocol: until it is bound, it receives nothing. */
	socket_->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (socket_->fd >= 0 && turn_on(socket_->fd, SOL_PACKET, PACKET_VNET_HDR, 1) &&
		turn_on(socket_->fd, SOL_PACKET, PACKET_AUXDATA, 1) &&
		turn_on(socket_->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)) {
		/* Without the right to more, it gets what the host allows anybody. */
		if (!turn_on(socket_->fd, SOL_SOCKET, SO_RCVBUFFORCE, WAITING_BYTES))
			(void)turn_on(socket_->fd, SOL_SOCKET, SO_RCVBUF, WAITING_BYTES);
		return socket_;
	}
	packet_socket_close(socket_);
	return NULL;
}

void
packet_socket_close(struct packet_socket *socket)
{
	int error = errno;

	if (socket->fd >= 0)
		close(socket->fd);
	packet_udp_free(&socket->udp);
	free(socket);
	errno = error;
}

int
packet_socket_fd(const struct packet_socket *socket)
{
	return socket->fd;
}

/* Asks the kernel about the interface. */
static bool
ask(const struct packet_socket *socket, unsigned long what, struct ifreq *answer)
{
	memset(answer, 0, sizeof(*answer));
	snprintf(answer->ifr_name, sizeof(answer->ifr_name), "%s", socket->interface);
	return ioctl(socket->fd, what, answer) == 0;
}

bool
packet_socket_bind(struct packet_socket *socket, const char *interface)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};
	struct ifreq answer;

	snprintf(socket->interface, sizeof(socket->interface), "%s", interface);
	if (!ask(socket, SIOCGIFHWADDR, &answer))
		return false;
	errno = EINVAL;
	if (answer.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return false;
	if (!ask(socket, SIOCGIFINDEX, &answer))
		return false;
	address.sll_ifindex = all.mr_ifindex = answer.ifr_ifindex;
	packet_udp_clear(&socket->udp);
	return setsockopt(socket->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) == 0 &&
	       bind(socket->fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

bool
packet_socket_is_gone(const struct packet_socket *socket)
{
	struct sockaddr_ll address = {0};
	socklen_t length = sizeof(address);

	/* The kernel then forgets which it was; one of the same name is another. */
	return getsockname(socket->fd, (struct sockaddr *)&address, &length) < 0 ||
	       address.sll_ifindex <= 0;
}

void
packet_socket_look(const struct packet_socket *socket, struct packet_facts *facts)
{
	struct ifreq answer;

	*facts = (struct packet_facts){0};
	if (packet_socket_is_gone(socket))
		return;
	if (ask(socket, SIOCGIFHWADDR, &answer))
		memcpy(facts->mac, answer.ifr_hwaddr.sa_data, sizeof(facts->mac));
	if (ask(socket, SIOCGIFMTU, &answer))
		facts->mtu = (uint16_t)answer.ifr_mtu;
	if (ask(socket, SIOCGIFFLAGS, &answer))
		facts->link = (answer.ifr_flags & IFF_UP) && (answer.ifr_flags & IFF_RUNNING);
}

uint64_t
packet_socket_missed(struct packet_socket *socket)
{
	struct tpacket_stats stats = {0};
	socklen_t length = sizeof(stats);

	/* Asked for, the kernel begins at 0 again. */
	if (getsockopt(socket->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) == 0)
		socket->missed += stats.tp_drops;
	return socket->missed;
}

/* Puts a tag back that the kernel has taken off. */
static void
put_tag(uint8_t *place, uint32_t length, const struct tpacket_auxdata *said)
{
	bool has_type = said->tp_status & TP_STATUS_VLAN_TPID_VALID;
	const uint16_t tag[] = {
		htons(has_type ? said->tp_vlan_tpid : ETH_P_8021Q), htons(said->tp_vlan_tci)};
	uint8_t *behind = place + HOST_HEADER + ADDRESSES;
	struct virtio_net_hdr header;

	memmove(behind + TAG_BYTES, behind, length - ADDRESSES);
	memcpy(behind, tag, TAG_BYTES);
	memcpy(&header, place, sizeof(header));
	if (header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		header.csum_start += TAG_BYTES;
	if (header.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		header.hdr_len += TAG_BYTES;
	memcpy(place, &header, sizeof(header));
}

/* Whether the frame had a tag; what else the kernel says is of no use here. */
static const struct tpacket_auxdata *
tag_of(struct msghdr *message)
{
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		const struct tpacket_auxdata *said = (const void *)CMSG_DATA(one);

		if (one->cmsg_level == SOL_PACKET && one->cmsg_type == PACKET_AUXDATA &&
			(said->tp_status & TP_STATUS_VLAN_VALID))
			return said;
	}
	return NULL;
}

/*
 * Of TCP segments that are to be cut, the first alone keeps a mark of congestion (CWR), as ../ring
 * does it: the kernel's word for that says nothing new.
 */
static void
forget_ecn(uint8_t *place)
{
	struct virtio_net_hdr header;

	memcpy(&header, place, sizeof(header));
	header.gso_type &= ~VIRTIO_NET_HDR_GSO_ECN;
	memcpy(place, &header, sizeof(header));
}

static ssize_t
receive(struct packet_socket *socket, uint8_t *place, uint32_t room)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))]
		__attribute__((aligned(_Alignof(struct cmsghdr))));
	/* Room for a tag is left. */
	struct iovec parts[] = {
		{place, KERNEL_HEADER}, {place + HOST_HEADER, room - HOST_HEADER - TAG_BYTES}};
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(socket->fd, &message, 0);
	const struct tpacket_auxdata *tag;
	uint32_t length;

	if (n < KERNEL_HEADER + ADDRESSES) {
		errno = n < 0 ? errno : EINVAL;
		return -1;
	}
	length = n - KERNEL_HEADER;
	memset(place + KERNEL_HEADER, 0, HOST_HEADER - KERNEL_HEADER);
	forget_ecn(place);
	tag = tag_of(&message);
	if (tag) {
		put_tag(place, length, tag);
		length += TAG_BYTES;
	}
	packet_sctp_complete(place, HOST_HEADER + length);
	return HOST_HEADER + length;
}

ssize_t
packet_socket_take(struct packet_socket *socket, uint8_t *place, uint32_t room)
{
	ssize_t n = packet_udp_next(&socket->udp, place);

	if (n > 0)
		return n;
	n = receive(socket, place, room);
	if (n < 0 || !packet_udp_is_merged(place))
		return n;
	return packet_udp_begin(&socket->udp, place, n) ? packet_udp_next(&socket->udp, place) : -1;
}

ssize_t
packet_socket_give(struct packet_socket *socket, const struct iovec *pieces, int n)
{
	struct iovec parts[HOST_MAX_PIECES + 1];
	uint8_t *first = pieces[0].iov_base;

	/* The kernel's header is shorter than ours. */
	parts[0] = (struct iovec){first, KERNEL_HEADER};
	parts[1] = (struct iovec){first + HOST_HEADER, pieces[0].iov_len - HOST_HEADER};
	memcpy(parts + 2, pieces + 1, (n - 1) * sizeof(*pieces));
	return writev(socket->fd, parts, n + 1);
}
