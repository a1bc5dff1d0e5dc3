int hip_dummy_a();
