//! Tests of connections: their keys, owners and names.

use super::*;

#[test]
fn a_recording_from_before_there_were_units_is_read() {
    let old = r#"{"key":{"protocol":"tcp","local":{"ip":"10.0.0.1","port":1},"remote":null,"identity":7},
        "state":"listen","direction":null,"owner":{"missing":"not-permitted"},"uid":0}"#;
    let mut connection: SocketRow = serde_json::from_str(old).expect("a connection");
    assert_eq!((connection.context.clone(), connection.holder().kind()), (None, "user"));
    assert!(!serde_json::to_string(&connection).expect("text").contains("context"), "what is absent is not written");
    let context = OwnerContext { unit: Some("a.service".into()), user: None, pids: vec![3, 4] };
    connection.context = Some(Arc::new(context));
    let text = serde_json::to_string(&connection).expect("text");
    assert!(text.contains(r#""context":{"unit":"a.service","pids":[3,4]}"#), "{text}");
    assert_eq!(serde_json::from_str::<SocketRow>(&text).expect("a connection"), connection);
}

#[test]
fn a_process_is_read_with_its_name_and_without() {
    let read = |text: &str| serde_json::from_str::<Process>(text).expect("a process");
    let named = Process { pid: 7, name: Some("curl".into()), path: None };
    assert_eq!(read(r#"{"pid":7,"name":"curl","path":null}"#), named);
    assert_eq!(serde_json::to_string(&named).expect("text"), r#"{"pid":7,"name":"curl","path":null}"#);
    let nameless = Process { name: None, ..named };
    assert_eq!(read(r#"{"pid":7,"name":null}"#), nameless);
    assert_eq!(read(&serde_json::to_string(&nameless).expect("text")), nameless);
}

#[test]
fn what_the_kernel_holds_is_the_kernels_and_not_roots() {
    let text = r#"{"key":{"protocol":"udp","local":{"ip":"0.0.0.0","port":4789},"remote":null,"identity":7},
        "state":"unconnected","direction":null,"owner":{"missing":"kernel"},"uid":0,"context":{"user":"root"}}"#;
    let tunnel: SocketRow = serde_json::from_str(text).expect("a connection");
    assert_eq!((tunnel.holder(), tunnel.holder().kind()), (Holder::Kernel, "kernel"));
}

#[test]
fn a_key_is_no_larger_for_its_host_and_does_not_write_this_one() {
    let end = Endpoint::new([127, 0, 0, 1].into(), 1);
    let host = serde_json::from_str::<HostId>("7").expect("a number");
    let key = ConnectionKey { host, protocol: Protocol::Tcp, local: end, remote: Some(end), identity: 7 };
    let text = serde_json::to_string(&key).expect("text");
    assert!(text.starts_with(r#"{"host":7,"#), "{text}");
    assert_eq!(serde_json::from_str::<ConnectionKey>(&text).expect("a key"), key);
    let here = ConnectionKey { host: HostId::THIS, ..key };
    assert!(here != key && !serde_json::to_string(&here).expect("text").contains("host"));
    // Keys are hashed and compared for every sample and delta.
    let without_host = size_of::<(Protocol, Endpoint, Option<Endpoint>, u64)>();
    assert_eq!(size_of::<ConnectionKey>(), without_host);
}

#[test]
fn an_end_that_is_not_reported_has_no_place_and_is_no_listener() {
    let text = r#"{"key":{"protocol":"udp","local":{"ip":"81.2.69.142","port":68},"remote":null,"identity":7},
        "state":"unknown","direction":"unknown","owner":{"missing":"not-found"},"uid":0}"#;
    let unreported: SocketRow = serde_json::from_str(text).expect("a connection");
    assert!(unreported.is_remote_unknown() && !unreported.is_listener());
    assert_eq!(unreported.scope(), AddressScope::Unspecified, "the address of this machine is not the peer's");
    let location = unreported.stated_location().expect("nothing is looked up");
    assert_eq!(location.place, Err(PlaceMissing::RemoteUnknown));
    let listener = SocketRow { state: SocketState::Unconnected, ..unreported };
    assert!(!listener.is_remote_unknown() && listener.stated_location().is_none());
    assert_eq!(listener.scope(), AddressScope::Public);
}
