//! Geometry of the sphere and the sun, without side effects: positions, great circles, arcs above them, the light-speed
//! check, the subsolar point.

mod arc;
mod great_circle;
mod lat_lng;
mod light;
mod sun;

pub use arc::{ArcShape, apex_altitude};
pub use great_circle::{central_angle, distance_km, great_circle};
pub use lat_lng::{EARTH_RADIUS_KM, LatLng, PlaceCell};
pub use light::{DoubtKind, FIBRE_KM_PER_MS, PlaceDoubt, RoundTrip, VACUUM_KM_PER_MS};
pub use sun::subsolar_point;
