/* Holds real sockets of a Windows process: a listener, a connection to it within this computer, and a UDP socket. Prints the
   ports and its process id, then waits until it is killed. wine knows the process of a socket once it has sent something. */
#include <winsock2.h>
#include <stdio.h>

static unsigned short port_of(SOCKET of) {
    struct sockaddr_in address;
    int length = sizeof address;
    getsockname(of, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

int main(void) {
    WSADATA data;
    struct sockaddr_in here = {0};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (WSAStartup(MAKEWORD(2, 2), &data)) return 1;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1)) return 2;
    if (bind(udp, (struct sockaddr *)&here, sizeof here)) return 3;
    here.sin_port = htons(port_of(listener));
    if (connect(client, (struct sockaddr *)&here, sizeof here)) return 4;
    SOCKET accepted = accept(listener, NULL, NULL);
    char byte = 1;
    struct sockaddr_in itself = here;
    itself.sin_port = htons(port_of(udp));
    if (send(client, &byte, 1, 0) != 1 || recv(accepted, &byte, 1, 0) != 1) return 5;
    if (sendto(udp, &byte, 1, 0, (struct sockaddr *)&itself, sizeof itself) != 1 || recv(udp, &byte, 1, 0) != 1) return 6;
    printf("{\"pid\": %lu, \"listener\": %u, \"client\": %u, \"udp\": %u}\n", GetCurrentProcessId(), port_of(listener), port_of(client), port_of(udp));
    fflush(stdout);
    Sleep(INFINITE);
    return (int)accepted;
}
