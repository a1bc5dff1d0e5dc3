int hip_dummy_b();
